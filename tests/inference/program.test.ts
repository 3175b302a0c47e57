// Programs compiled ahead: what they ask for, what they refuse, and files that are not what they should be.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Opcode } from '../../assembly/opcodes.js';
import {
  DataError,
  dense,
  embedding,
  exportInferenceProgram,
  flatten,
  FormatError,
  input,
  layer,
  MemoryLimitError,
  model,
  OptionError,
  RuntimeError,
  sequential,
  ShapeError,
  StateError,
  WasmgradError,
} from '../../bindings/index.js';
import { FORWARD_OPCODES } from '../../bindings/inference/forwardOpcodes.js';
import { loadInferenceProgram } from '../../bindings/inference/index.js';
import { drawValues, usedBytes } from '../model/support.js';
import { reseal, split } from '../saving/support.js';

const makeNet = () =>
  sequential([dense(5, { activation: 'tanh', inputShape: [3] }), dense(2)], { seed: 1, name: 'net' });

const file = await (async () => {
  using net = makeNet();
  return exportInferenceProgram(net, { batchSizes: [4, 1] });
})();

/** The file with another description, resealed. */
function withProgram(change: (description: Record<string, unknown>) => void): Uint8Array {
  const { header, data } = split(file);
  const description = JSON.parse(header.__metadata__.program!) as Record<string, unknown>;
  change(description);
  const metadata = { ...header.__metadata__, program: JSON.stringify(description) };
  return reseal({ header: { ...header, __metadata__: metadata }, data });
}

describe('a program', () => {
  test('has nothing of the memory of models', async () => {
    const before = usedBytes();
    using program = await loadInferenceProgram(file);
    program.predict(drawValues(3 * 9, 1));
    expect(usedBytes()).toBe(before);
  });

  test('keeps the weights of the moment of export', async () => {
    using net = makeNet();
    const x = drawValues(12, 1);
    const { data } = net.predictSync(x);
    net.setParameters({ 'dense_2/bias': [7, 7] });
    using program = await loadInferenceProgram(file);
    expect(program.predict(x).data).toEqual(data);
  });

  test('does not depend on what it predicted before', async () => {
    using program = await loadInferenceProgram(file);
    const x = drawValues(3 * 11, 4);
    const first = program.predict(x);
    program.predict(drawValues(3 * 5, 5));
    expect(program.predict(x)).toEqual(first);
  });

  test('takes nested arrays, and gives shapes', async () => {
    using program = await loadInferenceProgram(file);
    expect(program.predict([[1, 2, 3]]).shape).toEqual([1, 2]);
    expect(program.outputs).toEqual([{ name: 'dense_2', shape: [2], dtype: 'float32' }]);
  });

  test('names the layer and table of an index that is out of range', async () => {
    using net = sequential([embedding(4, 2, { inputShape: [3] }), flatten(), dense(1)]);
    using program = await loadInferenceProgram(await exportInferenceProgram(net));
    expect(() => program.predict(Int32Array.of(0, 4, 1))).toThrow(DataError);
    expect(() => program.predict(Int32Array.of(0, 4, 1))).toThrow(
      'embedding_1: an index is out of range. The table has 4 rows',
    );
    expect(program.predict(Int32Array.of(0, 3, 1)).data).toHaveLength(1);
  });
});

test('an index that halted a run does not halt the next, smaller one', async () => {
  using net = sequential([embedding(4, 2, { inputShape: [1] }), flatten(), dense(1)]);
  using program = await loadInferenceProgram(await exportInferenceProgram(net, { batchSizes: [4] }));
  expect(() => program.predict(Int32Array.of(0, 1, 2, 9))).toThrow('out of range');
  expect(program.predict(Int32Array.of(3, 1))).toEqual(net.predictSync(Int32Array.of(3, 1)));
});

test('a file is read wherever its bytes begin', async () => {
  const shifted = new Uint8Array(file.length + 1);
  shifted.set(file, 1);
  using program = await loadInferenceProgram(shifted.subarray(1));
  using other = await loadInferenceProgram(file);
  expect(program.predict(new Float32Array(3))).toEqual(other.predict(new Float32Array(3)));
});

describe('is refused', () => {
  test('with batch sizes that cannot be', async () => {
    using net = makeNet();
    await expect(exportInferenceProgram(net, { batchSizes: [] })).rejects.toThrow(OptionError);
    await expect(exportInferenceProgram(net, { batchSizes: [0] })).rejects.toThrow('each of batchSizes');
    await expect(exportInferenceProgram(net, { batchSize: 1 } as never)).rejects.toThrow("Did you mean 'batchSizes'");
  });

  test('with an own layer that needs more than the core has', async () => {
    const whiten = layer({ kind: 'whiten', call: ([x]) => x!.graph.emit('orthonormalRows', [x!], {}) });
    const x = input({ shape: [3] });
    using net = model({ inputs: x, outputs: whiten(x) });
    await expect(exportInferenceProgram(net, { batchSizes: [2] })).rejects.toThrow(
      "whiten_1 computes 'orthonormalRows', which the core",
    );
  });

  test('without a known input shape', async () => {
    using net = sequential([dense(2)]);
    await expect(exportInferenceProgram(net)).rejects.toThrow(StateError);
  });

  test('with data that do not fit, and after dispose', async () => {
    const program = await loadInferenceProgram(file);
    expect(() => program.predict(new Float32Array(4))).toThrow(ShapeError);
    expect(() => program.predict([[1, 2, Number.NaN]])).toThrow(DataError);
    program.dispose();
    expect(() => program.predict(new Float32Array(3))).toThrow(StateError);
  });

  test('as a file of another kind or version', async () => {
    using net = makeNet();
    await expect(loadInferenceProgram(await net.save())).rejects.toThrow(
      'expected a program that exportInferenceProgram wrote',
    );
    await expect(loadInferenceProgram('x' as never)).rejects.toThrow(DataError);
    const old = withProgram((description) => (description.library = { version: '0.0.1', core: 1 }));
    await expect(loadInferenceProgram(old)).rejects.toThrow(RuntimeError);
    await expect(loadInferenceProgram(old)).rejects.toThrow('Export it again');
  });

  test('where it needs more memory than it may have', async () => {
    const large = withProgram((description) => {
      description.programs = (description.programs as object[]).map((program) => ({ ...program, arenaBytes: 2 ** 40 }));
    });
    await expect(loadInferenceProgram(large)).rejects.toThrow(MemoryLimitError);
    await expect(loadInferenceProgram(file, { maximumBytes: 10 })).rejects.toThrow(OptionError);
  });
});

test('the core that only predicts has the kernels that the exporter counts on', () => {
  const source = readFileSync(new URL('../../assembly/dispatchForward.ts', import.meta.url), 'utf8');
  const cases = [...source.matchAll(/case Opcode\.(\w+):/g)].map(([, name]) => Opcode[name as keyof typeof Opcode]);
  expect(new Set(cases)).toEqual(FORWARD_OPCODES);
});

describe('a broken file', () => {
  test('by chance, at every offset', async () => {
    for (let at = 0; at < file.length; at += 3) {
      const broken = file.slice();
      broken[at]! ^= 1 + ((at * 37) % 255);
      await expect(loadInferenceProgram(broken)).rejects.toThrow(FormatError);
      await expect(loadInferenceProgram(file.slice(0, at))).rejects.toThrow(FormatError);
    }
  }, 60_000);

  test.each([
    ['inputs', [{ name: 'x', shape: [-3], dtype: 'float32' }]],
    ['inputs', [{ name: 'x', shape: [3], dtype: 'uint8' }]],
    ['inputs', [{ name: 'x', shape: [2 ** 20, 2 ** 20], dtype: 'float32' }]],
    ['outputs', 'none'],
    ['programs', []],
    ['programs', [{ rows: 0, arenaBytes: 0, lookUps: [] }]],
    ['programs', [{ rows: 7, arenaBytes: 0, lookUps: [] }]],
    ['programs', null],
    ['name', 3],
  ])('on purpose: %s is %j', async (field, value) => {
    const broken = withProgram((description) => (description[field] = value));
    await expect(loadInferenceProgram(broken)).rejects.toThrow(FormatError);
  });

  test('an address outside of its memory is an error, and no harm to others', async () => {
    const { header, data } = split(file);
    const entry = header['1/words'] as { data_offsets: [number, number] };
    const words = new Uint32Array(data.slice(...entry.data_offsets).buffer);
    const at = new Uint32Array(data.slice(...(header['1/relocations/parameters'] as typeof entry).data_offsets).buffer);
    words[at[0]!] = 0xf0000000;
    const broken = data.slice();
    broken.set(new Uint8Array(words.buffer), entry.data_offsets[0]);
    using program = await loadInferenceProgram(reseal({ header, data: broken }));
    let failure: unknown;
    try {
      program.predict(new Float32Array(3));
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(WasmgradError);
    expect(String(failure)).toContain('could not be run');
  });
});
