// Training programs: what they ask for, what they refuse, and files that are not what they should be.

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  adam,
  DataError,
  dense,
  exportTrainingProgram,
  FormatError,
  MemoryLimitError,
  mixup,
  NotFiniteError,
  OptionError,
  RuntimeError,
  sequential,
  sgd,
  ShapeError,
  StateError,
  type CompileOptions,
} from '../../bindings/index.js';
import { loadTrainingProgram } from '../../bindings/training/index.js';
import { drawValues, usedBytes } from '../model/support.js';
import { reseal, split } from '../saving/support.js';
import { cuts, failureOf, flips, mutate, oddValues, waysThrough } from '../support/fuzz.js';

const x = drawValues(3 * 10, 1);
const y = drawValues(2 * 10, 2);

function makeNet(options: Partial<CompileOptions> = {}) {
  const net = sequential([dense(4, { activation: 'tanh', inputShape: [3] }), dense(2)], { seed: 1, name: 'net' });
  net.compile({ optimizer: adam(), loss: 'meanSquaredError', ...options });
  return net;
}

const file = await (async () => {
  using net = makeNet();
  return exportTrainingProgram(net, { batchSizes: [4, 2] });
})();
const load = (bytes: Uint8Array = file, options = {}) => loadTrainingProgram(bytes, { optimizer: adam(), ...options });

/** The file with another description, resealed. */
function withProgram(change: (description: Record<string, unknown>) => void): Uint8Array {
  const { header, data } = split(file);
  const description = JSON.parse(header.__metadata__.program!) as Record<string, unknown>;
  change(description);
  return reseal({
    header: { ...header, __metadata__: { ...header.__metadata__, program: JSON.stringify(description) } },
    data,
  });
}

describe('a program', () => {
  test('has nothing of the memory of models, and keeps no memory of epochs', async () => {
    const before = usedBytes();
    using program = await load();
    await program.fit(x, y, { epochs: 50 });
    expect(usedBytes()).toBe(before);
  });

  test('learns', async () => {
    using program = await load(file, { optimizer: adam({ learningRate: 0.05 }) });
    const { history } = await program.fit(x, y, { epochs: 60 });
    expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]! / 2);
  });

  test('leaves out what no program fits, other samples each epoch', async () => {
    using program = await load();
    await program.fit(x.subarray(0, 27), y.subarray(0, 18), { batchSize: 4 });
    expect(program.step).toBe(2);
    await program.fit(x, y);
    expect(program.step).toBe(2 + 3);
    await program.fit(x, y, { batchSize: 2 });
    expect(program.step).toBe(5 + 5);
  });

  test('tells of each epoch, and ends where it is told to', async () => {
    using program = await load();
    const onEpochEnd = vi.fn((epoch: number) => epoch < 1);
    const { epoch, history } = await program.fit(x, y, { epochs: 9, onEpochEnd, validationData: { x, y } });
    expect(epoch).toEqual([0, 1]);
    expect(Object.keys(history)).toEqual(['loss', 'val_loss']);
    expect(onEpochEnd.mock.calls.map(([number]) => number)).toEqual([0, 1]);
  });

  test('stops by a signal, with the weights of the last step', async () => {
    using program = await load();
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error('enough'));
    const running = program.fit(x, y, { epochs: 1e6, signal: controller.signal, onEpochEnd: stop });
    await expect(running).rejects.toThrow('enough');
    expect(program.step).toBe(3);
    await program.fit(x, y);
    expect(program.step).toBe(6);
  });

  test('gives the event loop its turns', async () => {
    using program = await load();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await program.fit(x, y, { epochs: 3000, yieldEveryMilliseconds: 1 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  test('takes no step by a loss that is not finite', async () => {
    using program = await load();
    const before = program.parameters();
    const huge = x.map(() => 3e38);
    await expect(program.fit(huge, huge.subarray(0, 20))).rejects.toThrow(NotFiniteError);
    expect(program.parameters()).toEqual(before);
    expect(program.step).toBe(0);
  });

  test('may have another rate', async () => {
    using slow = await load(file, { optimizer: adam({ learningRate: 0 }) });
    const before = slow.parameters();
    await slow.fit(x, y);
    expect(slow.parameters()).toEqual(before);
  });
});

describe('is refused', () => {
  test('with metrics that are no means, and with mix', async () => {
    using ranks = makeNet({ loss: 'binaryCrossentropy', metrics: ['rocAuc'] });
    await expect(exportTrainingProgram(ranks)).rejects.toThrow("'rocAuc' is no mean over samples");
    using counts = makeNet({ loss: 'categoricalCrossentropy', metrics: ['f1'] });
    await expect(exportTrainingProgram(counts)).rejects.toThrow("'f1' is no mean over samples");
    using root = makeNet({ metrics: ['rmse'] });
    await expect(exportTrainingProgram(root)).rejects.toThrow(OptionError);
    using mixed = makeNet({ mix: mixup() });
    await expect(exportTrainingProgram(mixed)).rejects.toThrow('compiled with mix');
  });

  test('of a model that is not compiled, or whose shape is not known', async () => {
    using plain = sequential([dense(2, { inputShape: [3] })]);
    await expect(exportTrainingProgram(plain)).rejects.toThrow(StateError);
    using shapeless = sequential([dense(2)]);
    shapeless.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await expect(exportTrainingProgram(shapeless)).rejects.toThrow(StateError);
    using net = makeNet();
    await expect(exportTrainingProgram(net, { batchSizes: [0] })).rejects.toThrow('each of batchSizes');
  });

  test('with another optimiser', async () => {
    await expect(load(file, { optimizer: sgd() })).rejects.toThrow('compiled with adam of {"beta1":0.9');
    await expect(load(file, { optimizer: adam({ beta1: 0.5 }) })).rejects.toThrow('only its learningRate');
    await expect(load(file, { optimizer: 'adam' })).rejects.toThrow('names need all of the library');
    await expect(loadTrainingProgram(file, {} as never)).rejects.toThrow(OptionError);
  });

  test('with options and data that cannot be', async () => {
    using program = await load();
    await expect(program.fit(x, y, { epoch: 2 } as never)).rejects.toThrow("Did you mean 'epochs'");
    await expect(program.fit(x, y, { batchSize: 3 })).rejects.toThrow(
      'no program for batches of 3: they were exported for 4, 2',
    );
    await expect(program.fit(x.subarray(0, 3), y.subarray(0, 2))).rejects.toThrow('no program for batches of 1');
    await expect(program.fit(x, y.subarray(2))).rejects.toThrow('y (dense_2) has 9 samples, x has 10');
    await expect(program.fit(x, undefined as never)).rejects.toThrow(DataError);
    await expect(program.fit(x.subarray(1), y)).rejects.toThrow(ShapeError);
    expect(() => program.setParameters({ 'dense_9/bias': [1] })).toThrow("no parameter 'dense_9/bias'");
    expect(() => program.setParameters({ 'dense_1/bias': [1, 2, 3, 4], 'dense_2/bias': [1] })).toThrow(ShapeError);
    expect(program.parameters()['dense_1/bias']).toEqual(new Float32Array(4));
    expect(program.step).toBe(0);
  });

  test('for a second fit beside the first, and after dispose', async () => {
    const program = await load();
    const first = program.fit(x, y, { epochs: 2 });
    await expect(program.fit(x, y)).rejects.toThrow('another fit runs');
    await first;
    program.dispose();
    await expect(program.fit(x, y)).rejects.toThrow(StateError);
    expect(() => program.predict(x)).toThrow(StateError);
    expect(() => program.save()).toThrow(StateError);
  });

  test('with labels that are no classes', async () => {
    using net = sequential([dense(3, { inputShape: [3] })]);
    net.compile({ optimizer: sgd(), loss: 'sparseCategoricalCrossentropy' });
    using program = await loadTrainingProgram(await exportTrainingProgram(net, { batchSizes: [5] }), {
      optimizer: sgd(),
    });
    await expect(program.fit(x, new Int32Array(10).fill(3))).rejects.toThrow(DataError);
  });

  test('as a file of another kind or version, or too large', async () => {
    using net = makeNet();
    await expect(load(await net.save())).rejects.toThrow('expected a program that exportTrainingProgram wrote');
    await expect(load(withProgram((program) => (program.library = { version: '0.0.1', core: 1 })))).rejects.toThrow(
      RuntimeError,
    );
    const large = withProgram((program) => (program.labels = [{ name: 'y', shape: [2 ** 29], dtype: 'float32' }]));
    await expect(load(large)).rejects.toThrow(MemoryLimitError);
  });
});

describe('a broken file', () => {
  test('by chance, at every offset', async () => {
    const odd = (_: unknown, i: number): boolean => i % 7 === 0;
    for (const broken of [...flips(file)].filter(odd)) await expect(load(broken)).rejects.toThrow(FormatError);
    for (const broken of [...cuts(file)].filter(odd)) await expect(load(broken)).rejects.toThrow(FormatError);
  }, 60_000);

  test('on purpose: a typed error, or a program that runs or fails by one', async () => {
    await fc.assert(
      fc.asyncProperty(waysThrough(5), oddValues('float32', 'training', 4), fc.nat(2), async (steps, value, how) => {
        const broken = withProgram((description) => mutate(description, steps, value, how));
        await failureOf(async () => {
          using program = await load(broken, { maximumBytes: 2 ** 24 });
          await program.fit(x, y);
          program.predict(x);
        });
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
