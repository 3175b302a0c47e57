// What runs in a worker, of Node and of pages: calls a function of a module for each task, and carries reports to the main thread
// and answers back. Plain JavaScript that imports nothing, so that it is the same file in the sources and in the package.

/** The functions by address and name; a module is loaded once. */
async function functionOf(address, name) {
  const module = await import(/* @vite-ignore */ /* webpackIgnore: true */ address).catch((error) => {
    const message = `the module ${address} could not be imported: ${error?.message ?? error}`;
    throw Object.assign(new Error(message, { cause: error }), { name: 'OptionError', code: 'INVALID_OPTION' });
  });
  if (typeof module[name] === 'function') return module[name];
  throw new Error(`${address} exports no function '${name}'`);
}

/** An error in a form that arrives whole. */
const plain = (error) =>
  error instanceof Error
    ? { name: error.name, message: error.message, code: error.code, stack: error.stack }
    : { name: 'Error', message: String(error) };

const restored = ({ name, message }) => Object.assign(new Error(message), { name });

function reporter(port) {
  const waiting = new Map();
  let next = 0;
  port.onmessage = ({ data: { id, answer, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(restored(error));
    else resolve(answer);
  };
  return (progress) =>
    new Promise((resolve, reject) => {
      waiting.set(next, { resolve, reject });
      port.postMessage({ id: next++, progress });
    });
}

/** `exposed`: functions that need no import, by name. */
export default async function runTask({ module, name, payload, seed, data, extra, port }, exposed = {}) {
  // A task that is aborted ends with its thread, so its signal never fires.
  const { signal } = new globalThis.AbortController();
  try {
    const run = exposed[name] ?? (await functionOf(module, name));
    const value = await run(payload, { ...extra, seed, data, signal, report: reporter(port) });
    // What cannot go back would look like the death of the worker.
    return { value: globalThis.structuredClone(value) };
  } catch (error) {
    return { error: plain(error) };
  } finally {
    port.close();
  }
}
