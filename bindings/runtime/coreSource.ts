// The core that a program gives to `init`, in whatever form its host has it.

import { assertSimd } from './core.js';
import { OptionError, reasonOf, RuntimeError } from './errors.js';
import { isModule } from './packagedCore/imported.js';
import { describeValue } from './suggest.js';

/** Where the core may come from; out of this package if none is given. */
export type CoreSource = WebAssembly.Module | BufferSource | Response | URL;

/** Sorts of sources by their tags, which tell them whatever realm they come from. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

export async function compileSource(source: CoreSource): Promise<WebAssembly.Module> {
  assertSimd();
  if (isModule(source)) return source;
  const bytes = await bytesOf(source);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new RuntimeError(
      `init: the given core could not be compiled: ${reasonOf(cause)} Pass the core.wasm of this package.`,
      { cause },
    );
  }
}

async function bytesOf(source: Exclude<CoreSource, WebAssembly.Module>): Promise<BufferSource> {
  if (ArrayBuffer.isView(source) || tagOf(source) === 'ArrayBuffer') return source;
  if (tagOf(source) === 'URL') return bytesOfResponse(await fetchCore(source));
  if (tagOf(source) === 'Response') return bytesOfResponse(source);
  throw new OptionError(
    `init: core must be a WebAssembly.Module, its bytes, a Response or a URL, got ${describeValue(source)}. ` +
      'Leave it out for the core in this package; of an address as text make a new URL(address, base).',
  );
}

async function fetchCore(url: URL): Promise<Response> {
  try {
    return await fetch(url);
  } catch (cause) {
    throw new RuntimeError(
      `init: the core could not be fetched from ${url.href}: ${reasonOf(cause)} A file is read by the program: give its bytes.`,
      { cause },
    );
  }
}

async function bytesOfResponse(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) {
    throw new RuntimeError(
      `init: the server answered ${response.status} to ${response.url || 'the request for the core'}. ` +
        'Serve the core.wasm of this package there.',
    );
  }
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    throw new RuntimeError(
      `init: the given Response could not be read: ${reasonOf(cause)} Give one whose body nobody has read.`,
      { cause },
    );
  }
}
