import { RuntimeError } from '../errors.js';
import { describeValue } from '../suggest.js';

/** Whether a value is a compiled module, of whatever realm: edge runtimes hand over those of another. */
export const isModule = (value: unknown): value is WebAssembly.Module =>
  Object.prototype.toString.call(value) === '[object WebAssembly.Module]';

/** What a bundler made of the imported core. */
export function checkImported(core: unknown): WebAssembly.Module {
  if (isModule(core)) return core;
  throw new RuntimeError(
    `The bundler made ${describeValue(core)} of wasmgrad's core.wasm; on this platform it must be a WebAssembly.Module. ` +
      'Give it the rule for .wasm files that the platform documents, or import the module yourself and call init({ core }).',
  );
}
