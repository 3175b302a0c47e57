// Many tasks of one cause: cross-validation's folds, an ensemble's members.

import type { Executor } from './executor.js';

/**
 * What `runOne` comes to for 0 .. count - 1, in their order: as many at once as the executor runs. The first that fails aborts
 * the others, and rejects once nobody is left running.
 *
 * `runOne` is called in the order of the numbers, so what it draws before it first waits is drawn in that order.
 */
export async function runAll<T>(
  executor: Executor,
  count: number,
  signal: AbortSignal | undefined,
  runOne: (index: number, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const failed = new AbortController();
  const ending = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const results = new Array<T>(count);
  let next = 0;
  const runNext = async (): Promise<void> => {
    while (next < count && !failed.signal.aborted) {
      const index = next++;
      results[index] = await runOne(index, ending);
    }
  };
  const lines = Array.from({ length: Math.min(count, executor.concurrency) }, () =>
    runNext().catch((error: unknown) => {
      // The others are of no use any more.
      failed.abort(error);
      throw error;
    }),
  );
  try {
    await Promise.all(lines);
    return results;
  } finally {
    await Promise.allSettled(lines);
  }
}
