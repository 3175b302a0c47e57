// Threads: the same bits as one, a start that never fails, idle workers that cost nothing. Each test has a runtime of its own.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hashOf } from '../model/support.js';

/** The library as a program sees it that has just started. */
const start = async () => ({
  ...(await import('../../bindings/index.js')),
  ...(await import('../../bindings/runtime/runtime.js')),
});
type Library = Awaited<ReturnType<typeof start>>;

let library: Library;

beforeEach(async () => {
  vi.resetModules();
  library = await start();
});

afterEach(() => {
  library.getRuntime().dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const COUNT = 48;
const values = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => ((i * 7919) % 997) / 500 - 1);

interface Net {
  shape: number[];
  layers(library: Library): Parameters<Library['sequential']>[0];
}

/** Wide enough that most instructions are worth several threads. */
const nets: Record<string, Net> = {
  'an MLP with dropout': {
    shape: [300],
    layers: ({ dense, dropout }) => [
      dense(256, { activation: 'relu', inputShape: [300] }),
      dropout(0.5),
      dense(200, { activation: 'tanh' }),
      dense(10),
    ],
  },
  'a CNN with batch norm': {
    shape: [20, 20, 3],
    layers: ({ conv2d, batchNormalization, maxPooling2d, flatten, dense }) => [
      conv2d(24, 3, { activation: 'relu', inputShape: [20, 20, 3] }),
      batchNormalization(),
      maxPooling2d(),
      conv2d(32, 3, { padding: 'same' }),
      flatten(),
      dense(10),
    ],
  },
  'an LSTM': {
    shape: [20, 16],
    layers: ({ lstm, dense }) => [lstm(64, { inputShape: [20, 16] }), dense(10)],
  },
};

async function train(net: Net): Promise<string> {
  const { sequential } = library;
  using model = sequential(net.layers(library), { seed: 5 });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  const x = { data: values(COUNT * net.shape.reduce((a, b) => a * b)), shape: [COUNT, ...net.shape] };
  await model.fit(
    x,
    Int32Array.from({ length: COUNT }, (_, i) => i % 10),
    { epochs: 3, batchSize: 20 },
  );
  return hashOf(model);
}

describe('the bits do not depend on threads', () => {
  test.each(Object.entries(nets))('%s', async (_, net) => {
    const expected = await train(net);
    for (const threads of [2, 3, 5]) {
      vi.resetModules();
      library = await start();
      await library.init({ threads });
      expect(library.getRuntime().threads).toBe(threads);
      expect(await train(net)).toBe(expected);
      library.getRuntime().dispose();
    }
  });
});

describe('a start', () => {
  test("with 'auto' takes one thread a core", async () => {
    await library.init({ threads: 'auto' });
    const { availableParallelism } = await import('node:os');
    expect(library.getRuntime().threads).toBe(Math.min(64, availableParallelism()));
  });

  test('refuses numbers of threads that make no sense', async () => {
    for (const threads of [0, -1, 1.5, 65, NaN, 'all']) {
      await expect(library.init({ threads: threads as number })).rejects.toThrow(
        /init: threads must be a whole number >= 1 and <= 64, got/,
      );
    }
  });

  test('for another number of threads comes too late after the first', async () => {
    await library.init({ threads: 2 });
    await library.init({ threads: 2 });
    await expect(library.init({ threads: 3 })).rejects.toThrow(/another threads/);
  });

  const net = nets['an MLP with dropout']!;

  test('without shared memory warns once and trains on one thread', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.stubGlobal('crossOriginIsolated', false);
    await library.init({ threads: 4 });
    expect(library.getRuntime().threads).toBe(1);
    await train(net);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/init\({ threads: 4 }\) goes on with one thread: .*Cross-Origin-Opener-Policy/)],
    ]);
  });

  test('whose workers fail warns once and trains on those that came', async () => {
    const { Worker } = await import('node:worker_threads');
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const script = new URL('../../bindings/runtime/thread.js', import.meta.url);
    let made = 0;
    await library.init({
      threads: 4,
      threadWorker: () =>
        new Worker(made++ === 1 ? new URL('data:text/javascript,throw new Error("no room")') : script),
    });
    expect(library.getRuntime().threads).toBe(3);
    const hash = await train(net);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/goes on with 3 threads: no room/)]]);
    library.getRuntime().dispose();
    vi.resetModules();
    library = await start();
    expect(await train(net)).toBe(hash);
  });
});

describe('on threads', () => {
  test('a loss that is not finite is found as on one, and training goes on', async () => {
    const { dense, sequential } = library;
    await library.init({ threads: 2 });
    using model = sequential([dense(256, { inputShape: [300] }), dense(256)]);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = { data: values(64 * 300), shape: [64, 300] };
    const y = { data: values(64 * 256).fill(3e38), shape: [64, 256] };
    await expect(model.fit(x, y, { batchSize: 64 })).rejects.toThrow(/not finite/);
    y.data.fill(0);
    expect((await model.fit(x, y, { batchSize: 64 })).history.loss![0]).toBeGreaterThan(0);
  });

  test('a gradient that is not finite is found in the part of any thread', async () => {
    const { dense, sequential } = library;
    await library.init({ threads: 3 });
    const inputs = 2000;
    const kernel = 'dense_1/kernel';
    // One input that overflows the gradient of its row of the kernel, and not the loss: the kernel is zero there.
    for (const row of [0, inputs / 2, inputs - 1]) {
      using model = sequential([dense(100, { inputShape: [inputs], kernelInitializer: 'zeros', name: 'dense_1' })]);
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const x = { data: new Float32Array(inputs), shape: [1, inputs] };
      x.data[row] = 3e38;
      const y = { data: new Float32Array(100).fill(1e4), shape: [1, 100] };
      await expect(model.fit(x, y, { batchSize: 1 })).rejects.toThrow(/gradient is not finite/);
      expect(model.parameters()[kernel]!.every((weight) => weight === 0)).toBe(true);
    }
  });

  test('workers that have nothing to do sleep', async () => {
    await library.init({ threads: 3 });
    await train(nets['an LSTM']!);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 400e3).toBeLessThan(0.5);
  });
});
