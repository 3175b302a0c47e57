// Tasks through Redis: the same trials and weights as inline, and nothing lost when workers die or the server restarts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bullmq, runWorker, type ClusterWorker } from '../../bindings/executors/bullmq.js';
import { fitDistributed } from '../../bindings/distributed/index.js';
import {
  bagging,
  dense,
  dropout,
  OptionError,
  RuntimeError,
  sequential,
  sgd,
  standardScaler,
  StateError,
  voting,
} from '../../bindings/index.js';
import {
  asha,
  inline,
  integer,
  logUniform,
  nestedCrossValidate,
  study,
  type Executor,
  type Trial,
} from '../../bindings/selection/index.js';
import { rings } from '../ensembles/support.js';
import { drawSamples, expectError } from '../model/support.js';
import { objective } from './objective.js';
import { hasRedisServer, redisServer, type RedisServer } from '../../examples/search/redisServer.js';
import { kill, ROOT, workerProcess } from '../../examples/search/workerProcess.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-bullmq-'));
const plain = new URL('./tasks.mjs', import.meta.url);
const module = new URL('./objective.mjs', import.meta.url);
const data = drawSamples(40, 4, 1, 3);
const space = { rate: logUniform(1e-3, 0.2), width: integer(2, 6) };
const factsOf = (trials: readonly Trial[]) => trials.map(({ seconds: _, ...rest }) => rest);

let server: RedisServer;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const task = (name: string, payload: unknown = null) => ({ run: { module: plain, name }, payload, seed: 1 });

let queues = 0;
const newQueue = () => `test-${queues++}`;

/** A coordinator and workers of this process on a queue of their own. */
async function withCluster<T>(
  body: (executor: Executor, queue: string) => Promise<T>,
  { count = 1, threads = 1, retries = 1 } = {},
): Promise<T> {
  const queue = newQueue();
  const executor = await bullmq({ redis: server.url, queue, root: ROOT });
  const hosts: ClusterWorker[] = [];
  try {
    for (let i = 0; i < count; i++) {
      hosts.push(await runWorker({ redis: server.url, queue, root: ROOT, threads, retries, deadAfterSeconds: 1 }));
    }
    return await body(executor, queue);
  } finally {
    await executor.close();
    await Promise.all(hosts.map((host) => host.close({ force: true })));
  }
}

const untilExists = async (path: string) => {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe.skipIf(!hasRedisServer())('bullmq (redis-server)', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    server = await redisServer();
  });
  afterAll(() => server.remove());

  test('runs tasks elsewhere, with seed and data, and reports that are answered', async () => {
    await withCluster(async (executor) => {
      const told: unknown[] = [];
      const described = { ...task('describe', { a: 1 }), data: [3] };
      const result = await executor.run(described, { onProgress: (progress) => (told.push(progress), 'go on') });
      expect(result).toEqual({ payload: { a: 1 }, seed: 1, data: [3], answer: 'go on' });
      expect(told).toEqual([{ step: 1 }]);
      const payload = {
        none: undefined,
        big: [Infinity, -0, NaN],
        bytes: Uint8Array.of(1, 2),
        floats: Float32Array.of(0.1),
      };
      expect(await executor.run({ ...task('echo', payload) })).toEqual({ payload, data: undefined });
    });
  });

  test('data go to the server once, by their hash, and to shared memory of a worker', async () => {
    await withCluster(async (executor, queue) => {
      const values = Float64Array.of(1, 2, 3.5);
      const shared = { values };
      for (let i = 0; i < 3; i++) {
        expect(await executor.run({ ...task('sum'), data: shared })).toEqual({ sum: 6.5, isShared: true });
      }
      await executor.run({ ...task('sum'), data: { values: values.slice() } });
      const redis = new Redis(server.url);
      const keys = await redis.keys(`${queue}:data:*`);
      expect(keys).toHaveLength(1);
      // What is in Redis is not what was sent: refused by its hash.
      await redis.set(`${queue}:data:${'0'.repeat(64)}`, 'forged');
      await redis.set(keys[0]!, 'forged');
      redis.disconnect();
      await executor.run({ ...task('sum'), data: { values: Float64Array.of(1) } });
      await expect(executor.run({ ...task('sum'), data: shared })).rejects.toMatchObject({
        ...{ code: 'RUNTIME', message: expect.stringContaining('another SHA-256') as string },
      });
    });
  });

  test('what a task throws comes as it is, and what cannot travel is refused', async () => {
    await withCluster(async (executor) => {
      await expect(executor.run(task('fail'))).rejects.toMatchObject({ name: 'TypeError', message: 'it failed' });
      await expect(executor.run(task('absent'))).rejects.toThrow(/exports no function 'absent'/);
      const refused = (run: () => Promise<unknown>, text: string) =>
        expectError(run, OptionError, 'INVALID_OPTION', text);
      await refused(() => executor.run({ ...task(''), run: () => 1 }), 'another machine');
      await refused(() => executor.run(task('answer', () => 1)), 'plain values');
      await refused(() => executor.run({ ...task('answer'), data: { scaler: standardScaler() } }), 'data cannot hold');
      const elsewhere = { ...task('answer'), run: { module: new URL('../../../x.mjs', import.meta.url) } };
      await refused(() => executor.run(elsewhere), 'outside of root');
      const missing = { ...task('answer'), run: { module: new URL('./nowhere.mjs', import.meta.url) } };
      await expect(executor.run(missing)).rejects.toMatchObject({ code: 'INVALID_OPTION', message: /has no module/ });
      const report = executor.run(task('describe'), {
        onProgress: () => {
          throw new RangeError('enough');
        },
      });
      await expect(report).rejects.toMatchObject({ name: 'RangeError', message: 'enough' });
      expect(await executor.run(task('answer'))).toBe(42);
    });
  });

  test('an abort ends a task that spins, and one that waits; the next one runs', async () => {
    await withCluster(async (executor) => {
      const spinning = executor.run(task('spin'), { signal: AbortSignal.timeout(700) });
      const waiting = executor.run(task('answer'), { signal: AbortSignal.timeout(300) });
      await expect(waiting).rejects.toThrow(/timeout/);
      await expect(spinning).rejects.toThrow(/timeout/);
      expect(await executor.run(task('answer'))).toBe(42);
    });
  });

  test('a report of a task that is begun anew is told of once; tasks that always kill their worker end', async () => {
    await withCluster(async (executor) => {
      const told: unknown[] = [];
      const reported = task('reportThenCrash', join(folder, 'reported'));
      expect(await executor.run(reported, { onProgress: (progress) => told.push(progress) })).toBe(2);
      expect(told).toEqual([1, 2]);
      await expect(executor.run(task('crash'))).rejects.toMatchObject({ code: 'RUNTIME', message: /died 2 times/ });
    });
  });

  test('a worker may join late; one that leaves ends what it runs', async () => {
    const queue = newQueue();
    const executor = await bullmq({ redis: server.url, queue, root: ROOT });
    const files = { started: join(folder, 'started'), go: join(folder, 'go') };
    const results = [executor.run(task('waitFor', files)), executor.run(task('answer'))];
    const first = await runWorker({ redis: server.url, queue, root: ROOT, threads: 1 });
    await untilExists(files.started);
    const left = first.close();
    const second = await runWorker({ redis: server.url, queue, root: ROOT, threads: 1 });
    expect(await results[1]).toBe(42);
    writeFileSync(files.go, '');
    expect(await results[0]).toBe('went');
    await left;
    await second.close();
    await executor.close();
  });

  test('kill -9 of a worker: another one begins its task anew', async () => {
    const queue = newQueue();
    const processes = await Promise.all([0, 1].map(() => workerProcess(server.url, queue, { deadAfterSeconds: 1 })));
    const executor = await bullmq({ redis: server.url, queue, root: ROOT });
    const files = { started: join(folder, 'victim'), go: join(folder, 'go on') };
    const result = executor.run(task('waitFor', files));
    await untilExists(files.started);
    const victim = processes.find(({ pid }) => pid === Number(readFileSync(files.started, 'utf8')))!;
    await kill(victim);
    writeFileSync(files.go, '');
    expect(await result).toBe('went');
    await executor.close();
    await Promise.all(processes.map((child) => kill(child)));
  });

  test('kill -9 of the server, and a new start: tasks that run, wait and report are not lost', async () => {
    await withCluster(async (executor) => {
      const files = { started: join(folder, 'before'), go: join(folder, 'after') };
      const results = [executor.run(task('waitFor', files)), executor.run(task('describe', 7))];
      await untilExists(files.started);
      await server.kill();
      writeFileSync(files.go, '');
      await new Promise((resolve) => setTimeout(resolve, 300));
      const later = executor.run(task('answer'));
      await server.start();
      expect(await results[0]).toBe('went');
      expect(await results[1]).toMatchObject({ payload: 7, seed: 1 });
      expect(await later).toBe(42);
    });
  });

  test('a coordinator that was taken for dead, but lives, has its task run again, and its reports count once', async () => {
    await withCluster(async (executor, queue) => {
      const files = { started: join(folder, 'orphan'), go: join(folder, 'orphan goes') };
      const told: unknown[] = [];
      const result = executor.run(task('reportThenWait', files), { onProgress: (progress) => told.push(progress) });
      await untilExists(files.started);
      const redis = new Redis(server.url);
      const [key] = await redis.keys(`${queue}:coordinator:*`);
      await redis.del(key!);
      redis.disconnect();
      rmSync(files.started);
      await untilExists(files.started);
      writeFileSync(files.go, '');
      expect(await result).toBe('went');
      expect(told).toEqual(['started']);
    });
  });

  test('an outage longer than the coordinator asked for loses nothing', async () => {
    const queue = newQueue();
    const executor = await bullmq({ redis: server.url, queue, root: ROOT, deadAfterSeconds: 1 });
    const worker = await runWorker({ redis: server.url, queue, root: ROOT, threads: 1, deadAfterSeconds: 1 });
    const files = { started: join(folder, 'long'), go: join(folder, 'long goes') };
    const results = [executor.run({ ...task('waitFor', files), data: [1] }), executor.run(task('describe', 7))];
    await untilExists(files.started);
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await server.start();
    writeFileSync(files.go, '');
    expect(await results[0]).toBe('went');
    expect(await results[1]).toMatchObject({ payload: 7 });
    await executor.close();
    await worker.close();
  });

  test('the server is given data of tasks that wait, and the last, not those of all tasks before', async () => {
    await withCluster(async (executor, queue) => {
      const redis = new Redis(server.url);
      const sets = [1, 2, 3].map((value) => ({ values: Float64Array.of(value) }));
      for (const own of sets) await executor.run({ ...task('sum'), data: own });
      await redis.del(...(await redis.keys(`${queue}:data:*`)));
      expect(await executor.run({ ...task('sum'), data: sets[0] })).toEqual({ sum: 1, isShared: true });
      expect(await redis.keys(`${queue}:data:*`)).toHaveLength(1);
      redis.disconnect();
    });
  });

  test('what others write into the queue is refused, not believed', async () => {
    await withCluster(async (executor, queue) => {
      const ended = Promise.allSettled([executor.run(task('spin'))]);
      const connection = new Redis(server.url, { maxRetriesPerRequest: null });
      const foreign = new Queue(queue, { connection });
      let job: Job | undefined;
      while (!job) [job] = await foreign.getActive();
      await job.updateProgress({ attempt: 7 });
      await job.updateProgress('half');
      // A result that nobody made.
      const keyOf = (name: string) => `bull:${queue}:${name}`;
      await connection.hset(keyOf(job.id!), 'returnvalue', '"AAAA"');
      await connection.lrem(keyOf('active'), 0, job.id!);
      await connection.zadd(keyOf('completed'), Date.now(), job.id!);
      const [result] = await ended;
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'RUNTIME', message: /from Redis/ } });
      await foreign.close();
      connection.disconnect();
    });
  });

  test('closed, it ends what runs and takes nothing more; a server that is not there is named', async () => {
    const queue = newQueue();
    const executor = await bullmq({ redis: server.url, queue, root: ROOT });
    const ended = Promise.allSettled([executor.run(task('never')), executor.run(task('answer'))]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await executor.close();
    for (const result of await ended)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_STATE' } });
    await expectError(() => executor.run(task('answer')), StateError, 'INVALID_STATE', 'closed');
    const nobody = 'redis://:secret@127.0.0.1:1';
    await expectError(() => bullmq({ redis: nobody }), RuntimeError, 'RUNTIME', 'no Redis answers at 127.0.0.1:1');
    await expectError(() => runWorker({ redis: 'http://x' }), OptionError, 'INVALID_OPTION', 'redis');
    for (const name of ['', 'a:b', 7 as never]) {
      await expectError(() => bullmq({ redis: nobody, queue: name }), OptionError, 'INVALID_OPTION', 'bullmq: queue');
      await expectError(() => runWorker({ redis: nobody, queue: name }), OptionError, 'INVALID_OPTION', 'runWorker: queue'); // prettier-ignore
    }
    await expectError(() => runWorker({ redis: nobody, threads: 0 }), OptionError, 'INVALID_OPTION', 'runWorker: threads'); // prettier-ignore
    await expectError(
      () => bullmq({ redis: server.url, concurrency: 0 }),
      OptionError,
      'INVALID_OPTION',
      'concurrency',
    );
  });

  test('a study has the same trials and the same weights as inline, pruned ones too', async () => {
    const options = { space, data, trials: 10, seed: 3, lag: 3, pruner: asha() };
    const alone = await study({ ...options, objective: (params, context) => objective(params, context as never) });
    const { trials } = await withCluster(
      (executor) => study({ ...options, objective: { module, name: 'objective' }, executor }),
      { count: 2 },
    );
    expect(factsOf(trials)).toEqual(factsOf(alone.trials));
    expect(trials.some(({ state }) => state === 'pruned')).toBe(true);
  });

  test('members of local SGD on it come to the weights of inline', async () => {
    const train = async (executor: Executor) => {
      const net = sequential([dense(5, { activation: 'tanh', inputShape: [4] }), dropout(0.2), dense(1)], { seed: 4 });
      using _ = net;
      net.compile({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), loss: 'meanSquaredError' });
      const member = { module: new URL('../distributed/task.mjs', import.meta.url), name: 'localSgdTask' };
      const { history } = await fitDistributed(net, data, {
        members: 3,
        every: 2,
        batchSize: 4,
        executor,
        task: member,
      });
      return { history, weights: net.parameters() };
    };
    expect(await withCluster(train, { count: 2 })).toEqual(await train(inline()));
  });

  test('members of an ensemble, and folds of nested cross-validation, have every bit of inline', async () => {
    const { x, y } = rings(80, 1);
    const members = new URL('../ensembles/members.mjs', import.meta.url);
    const estimators = ['tree', 'net'].map((name) => ({ module: members, name }));
    const samples = { x: { data: data.x, shape: [40, 4] }, y: data.y };
    const settings = [
      { width: 2, rate: 0.01 },
      { width: 3, rate: 0.05 },
    ];
    const folds = { settings, outer: 2, inner: 2, metric: 'loss' };
    const all = async (executor: Executor) => {
      using forest = bagging({ task: 'classification', estimators: 4, build: estimators[0]!, executor });
      using votes = voting({ task: 'classification', estimators, executor });
      await Promise.all([forest.fit(x, y), votes.fit(x, y)]);
      return {
        ...{ forest: await forest.save(), votes: await votes.save(), outOfBag: forest.outOfBag },
        nested: await nestedCrossValidate({ module, name: 'nestedFold' }, samples, { ...folds, executor }),
      };
    };
    expect(await withCluster(all, { count: 2 })).toEqual(await all(inline()));
  });

  test('a time limit ends a trial that never gives its thread back', async () => {
    const { trials } = await withCluster((executor) =>
      study({ space, objective: { module: plain, name: 'spin' }, executor, trials: 1, timeLimit: 0.5 }),
    );
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual([['failed', 'took longer than 0.5 s']]);
  });
});
