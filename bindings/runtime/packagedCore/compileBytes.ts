import { reasonOf, RuntimeError } from '../errors.js';

/** Compiles the core; a host that forbids it is named, with what it needs. */
export function compileBytes(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new RuntimeError(
      `This host forbids compiling WebAssembly: ${reasonOf(cause)} A page needs 'wasm-unsafe-eval' in script-src of its ` +
        "Content-Security-Policy. On an edge runtime: import core from 'wasmgrad/core.wasm'; await init({ core }).",
      { cause },
    );
  }
}
