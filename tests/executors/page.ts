// What the pages of chromium.test.ts run.

import { workers, type WorkersOptions } from '../../bindings/executors/webWorkers.js';
import { inline, study, type Executor, type Trial } from '../../bindings/selection/index.js';
import { drawSamples, objective, SPACE } from './objective.js';

const MODULE = new URL('./plain.mjs', import.meta.url);

const task = (name: string, payload: unknown = null) => ({ run: { module: MODULE, name }, payload, seed: 1 });

async function using<T>(options: WorkersOptions, body: (executor: Executor) => Promise<T>): Promise<T> {
  const executor = workers(options);
  try {
    return await body(executor);
  } finally {
    await executor.close();
  }
}

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (value) => `it came to ${String(value)}`,
    (error: Error & { code?: string }) => `${error.code ?? error.name}: ${error.message}`,
  );

const factsOf = (trials: readonly Trial[]) => trials.map(({ seconds: _, ...rest }) => rest);

/** The trials of a search here, or in workers that bundle the objective. */
async function search(place: 'here' | 'workers') {
  const options = { space: SPACE, data: drawSamples(), trials: 6, seed: 3, lag: 2 };
  if (place === 'here') return factsOf((await study({ ...options, objective, executor: inline() })).trials);
  return using({ threads: 2, url: 'tasks.mjs' }, async (executor) =>
    factsOf((await study({ ...options, objective: { module: 'tasks', name: 'objective' }, executor })).trials),
  );
}

/** Seed, data and answers to reports, through the script of the package and through one that the page makes. */
const described = () =>
  Promise.all(
    [{}, { worker: () => new Worker('web-task-worker.mjs', { type: 'module' }) }].map((options) =>
      using(
        { threads: 1, url: 'web-task-worker.mjs', ...options, ...('worker' in options && { url: undefined }) },
        (executor) => executor.run({ ...task('describe', { a: 1 }), data: [3] }, { onProgress: () => 'go on' }),
      ),
    ),
  );

/** Sums of data, whether workers share them, and how often they were sent to one worker. */
const summed = () =>
  using({ threads: 1, url: 'web-task-worker.mjs' }, async (executor) => {
    const data = { values: Float64Array.of(1, 2, 3.5) };
    const results = [];
    for (let i = 0; i < 3; i++) results.push(await executor.run({ ...task('sum'), data }));
    return results;
  });

const failures = () =>
  using({ threads: 2, retries: 1, url: 'web-task-worker.mjs' }, async (executor) => {
    const nowhere = { ...task('answer'), run: { module: new URL('./nowhere.mjs', import.meta.url) } };
    const signal = AbortSignal.timeout(300);
    const reports: unknown[] = [];
    const spinning = failure(executor.run(task('spin'), { signal }));
    return {
      thrown: await failure(executor.run(task('fail'))),
      absent: await failure(executor.run(task('absent'))),
      nowhere: await failure(executor.run(nowhere)),
      payload: await failure(executor.run(task('answer', () => 1))),
      result: await failure(executor.run(task('closure'))),
      aborted: await spinning,
      crashed: await failure(executor.run(task('crash'))),
      revived: await failure(
        executor.run(task('crashOnce'), { onProgress: (report) => (reports.push(report), reports.length) }),
      ),
      reports,
      after: await failure(executor.run(task('answer'))),
    };
  });

async function ended() {
  const executor = workers({ threads: 1, url: 'web-task-worker.mjs' });
  const [running, waiting] = [failure(executor.run(task('spin'))), failure(executor.run(task('answer')))];
  await executor.close();
  const script = workers({ threads: 1, retries: 0, url: 'nowhere.mjs' });
  return [
    await running,
    await waiting,
    await failure(executor.run(task('answer'))),
    await failure(script.run(task('answer'))),
  ];
}

const functions = { search, described, summed, failures, ended };
export type PageFunctions = typeof functions;
Object.assign(globalThis, functions);
