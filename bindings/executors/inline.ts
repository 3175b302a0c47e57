import { OptionError, reasonOf, StateError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { isReference, type Executor, type RunOptions, type Task, type TaskFunction } from './executor.js';

async function functionOf(run: unknown): Promise<TaskFunction> {
  if (typeof run === 'function') return run as TaskFunction;
  if (!isReference(run)) {
    throw new OptionError(`inline: run must be a function or { module, name }, got ${describeValue(run)}.`);
  }
  if (run.loaded) return run.loaded;
  const { module: address, name = 'default' } = run;
  let module: Record<string, unknown>;
  try {
    module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ String(address))) as Record<string, unknown>;
  } catch (cause) {
    throw new OptionError(`inline: the module ${String(address)} could not be imported: ${reasonOf(cause)}`);
  }
  if (typeof module[name] === 'function') return module[name] as TaskFunction;
  throw new OptionError(`inline: ${String(address)} exports no function '${name}'.`);
}

/** Rejects with the reason of a signal. `settled` ends the wait. */
function whenAborted(signal: AbortSignal, settled: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true, signal: settled });
  });
}

/**
 * Runs tasks here, one after another: the default, on every platform. A task is a function, or names one of a module.
 *
 * A task that is aborted is no longer waited for; what it still does is up to it, so give `context.signal` to `fit`.
 *
 * @example const sum = await inline().run({ run: ({ a, b }) => a + b, payload: { a: 1, b: 2 }, seed: 1 });
 */
export function inline(): Executor {
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();

  async function call<P, R, D>({ run, payload, seed, data, extra }: Task<P, R, D>, options: RunOptions): Promise<R> {
    const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
    signal.throwIfAborted();
    const settled = new AbortController();
    const report = (progress: unknown): Promise<unknown> =>
      Promise.resolve().then(() => {
        signal.throwIfAborted();
        return options.onProgress?.(progress);
      });
    try {
      const task = functionOf(run).then((call) =>
        call(payload, { ...extra, seed, data: data as never, signal, report }),
      );
      return (await Promise.race([task, whenAborted(signal, settled.signal)])) as R;
    } finally {
      settled.abort();
    }
  }

  return {
    concurrency: 1,
    run(task, options = {}) {
      const result = last.then(() => call(task, options));
      last = result.catch(() => undefined);
      return result;
    },
    close() {
      closing.abort(new StateError('inline: closed.'));
      return Promise.resolve();
    },
  };
}
