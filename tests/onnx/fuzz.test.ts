// ONNX files that are broken by chance or on purpose: a typed error with the byte, or a model that works; never a trap, a hang,
// or memory that the file has no right to.

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  FormatError,
  gru,
  sequential,
  WasmgradError,
  type Model,
} from '../../bindings/index.js';
import { exportOnnx, importOnnx } from '../../bindings/formats/onnx/index.js';
import {
  encodeInitializer,
  encodeModel,
  encodeNode,
  encodeValue,
  type Attribute,
} from '../../bindings/formats/onnx/encode.js';
import { concatBytes, messageField, textField, uintField } from '../../bindings/formats/protobuf/write.js';
import { expectError, usedBytes } from '../model/support.js';
import { withDrawnWeights } from './support.js';

/** Small files of the main families. */
const FILES: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries({
    convolution: () =>
      sequential([
        conv2d(2, 2, { inputShape: [3, 4, 1] }),
        batchNormalization(),
        activation('relu'),
        flatten(),
        dense(2),
      ]),
    recurrence: () => sequential([gru(2, { inputShape: [3, 2], returnSequences: true }), dense(1)]),
  }).map(([name, make]) => {
    using net = withDrawnWeights(make());
    return [name, exportOnnx(net)];
  }),
);

const SAMPLE = { convolution: 12, recurrence: 6 } as const;

/** Reads, and uses what comes of it. What is no typed error fails the test; so does what takes long. */
function attempt(given: Uint8Array, sample = 12): WasmgradError | undefined {
  const before = usedBytes();
  const start = performance.now();
  let net: Model | undefined;
  let failure: WasmgradError | undefined;
  try {
    net = importOnnx(given);
    net.summary();
    net.predictSync(new Float32Array(sample));
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
    failure = error;
  }
  net?.dispose();
  expect(usedBytes()).toBe(before);
  expect(performance.now() - start).toBeLessThan(5000);
  if (failure instanceof FormatError) {
    const { offset, message } = failure;
    expect(Number.isInteger(offset) && offset >= 0 && offset <= given.length).toBe(true);
    expect(message).toMatch(/byte \d+: expected .*got/s);
  }
  return failure;
}

describe.each(Object.keys(FILES) as (keyof typeof SAMPLE)[])('%s', (name) => {
  const file = FILES[name]!;

  test('is sound, and small', () => {
    expect(attempt(file, SAMPLE[name])).toBeUndefined();
    expect(file.length).toBeLessThan(3000);
  });

  test('a byte changed, at every offset', () => {
    let refused = 0;
    for (let at = 0; at < file.length; at++) {
      for (const flip of [1, 128, 1 + ((at * 37) % 255)]) {
        const broken = file.slice();
        broken[at]! ^= flip;
        if (attempt(broken, SAMPLE[name]) instanceof FormatError) refused++;
      }
    }
    expect(refused).toBeGreaterThan(file.length / 2);
  }, 240_000);

  test('cut short, at every offset', () => {
    // Fields stand in any order: what is cut between two of them may still be a model, without its operators' version it is none.
    for (let length = 0; length < file.length; length++) {
      expect(attempt(file.subarray(0, length), SAMPLE[name])).toBeInstanceOf(FormatError);
    }
  }, 240_000);

  test('stretches copied over others', () => {
    fc.assert(
      fc.property(fc.nat(file.length), fc.nat(file.length), fc.nat(40), (from, to, length) => {
        const broken = file.slice();
        broken.set(
          file.subarray(from, Math.min(from + length, file.length - Math.max(0, to - from))),
          Math.min(to, from),
        );
        attempt(broken, SAMPLE[name]);
      }),
      { numRuns: 400 },
    );
  }, 120_000);
});

test('bytes that are no file at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(attempt(bytes)).toBeInstanceOf(FormatError);
    }),
    { numRuns: 500 },
  );
});

/** A file of one node, and what else the graph is given. */
function fileOf(
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  {
    opset = 17,
    dims = ['batch', 4] as readonly (string | number | undefined)[],
    initializers = [] as readonly Uint8Array[],
    fields = [] as readonly Uint8Array[],
    elementType = 1,
  } = {},
): Uint8Array {
  return concatBytes(
    encodeModel({
      irVersion: 8,
      opsetVersion: opset,
      producerName: '',
      graphName: 'g',
      metadata: {},
      graphFields: [
        encodeNode({ name: 'one', opType, inputs, outputs: ['y'], attributes }),
        encodeValue('input', 'x', elementType, dims),
        encodeValue('output', 'y', 1, ['batch', 4]),
        ...initializers,
        ...fields,
      ],
    }),
  );
}

const weights = (name: string, dims: readonly number[], bytes = 4 * dims.reduce((a, b) => a * b, 1)) =>
  encodeInitializer(name, 1, dims, new Uint8Array(bytes));

const NODE = "node 'one'";

describe('says what is wrong', () => {
  const cases: Record<string, { file: Uint8Array; words: (string | RegExp)[] }> = {
    'all operators without a layer': {
      file: concatBytes([fileOf('NonMaxSuppression', ['x']), messageField(7)]).slice(
        0,
        fileOf('NonMaxSuppression', ['x']).length,
      ),
      words: ['NonMaxSuppression', NODE, 'docs/onnx.md'],
    },
    'an operator of another domain': {
      file: fileOf(
        'Relu',
        ['x'],
        {},
        {
          fields: [
            messageField(1, textField(1, 'x'), textField(2, 'z'), textField(4, 'Fused'), textField(7, 'com.microsoft')),
          ],
        },
      ),
      words: ['com.microsoft.Fused'],
    },
    'a version out of range': { file: fileOf('Relu', ['x'], {}, { opset: 9 }), words: ['version 11 to 21', 'got 9'] },
    'an attribute that is not known': { file: fileOf('Relu', ['x'], { slope: 1 }), words: [NODE, '(Relu)', "'slope'"] },
    'an attribute out of range': { file: fileOf('Softmax', ['x'], { axis: 7 }), words: [NODE, 'axis of 2', 'got 7'] },
    'an attribute of another kind': {
      file: fileOf('Softmax', ['x'], { axis: 'last' }),
      words: [NODE, "'axis'", 'whole number'],
    },
    'an input that is nowhere': { file: fileOf('Relu', ['z']), words: [NODE, "'z'", 'earlier node'] },
    'an output again': {
      file: fileOf(
        'Relu',
        ['x'],
        {},
        { fields: [encodeNode({ name: 'two', opType: 'Relu', inputs: ['x'], outputs: ['y'], attributes: {} })] },
      ),
      words: ["'y' again"],
    },
    'a matrix that does not fit': {
      file: fileOf('MatMul', ['x', 'w'], {}, { initializers: [weights('w', [5, 2])] }),
      words: [NODE, '[4, any]', '[5, 2]'],
    },
    'values that are not there': {
      file: fileOf('MatMul', ['x', 'w'], {}, { initializers: [weights('w', [4, 2], 8)] }),
      words: ["tensor 'w'", '32 bytes'],
    },
    'a shape beyond the file': {
      file: fileOf('MatMul', ['x', 'w'], {}, { initializers: [weights('w', [4, 2 ** 40], 8)] }),
      words: ["tensor 'w'", /within its \d+ bytes/],
    },
    'values that are no numbers': {
      file: fileOf(
        'MatMul',
        ['x', 'w'],
        {},
        { initializers: [encodeInitializer('w', 1, [4, 1], new Uint8Array(16).fill(255))] },
      ),
      words: ["finite values in tensor 'w'"],
    },
    'external data': {
      file: fileOf(
        'MatMul',
        ['x', 'w'],
        {},
        {
          initializers: [
            messageField(
              5,
              uintField(1, 4),
              uintField(1, 1),
              uintField(2, 1),
              textField(8, 'w'),
              messageField(13, textField(1, 'location'), textField(2, '../../etc/passwd')),
              uintField(14, 1),
            ),
          ],
        },
      ),
      words: ['external data', 'in one file'],
    },
    'a sample beyond all bounds': {
      file: fileOf('Relu', ['x'], {}, { dims: ['batch', 2 ** 30] }),
      words: ["input 'x'", 'at most 268435456'],
    },
    'two open sides': {
      file: fileOf('Relu', ['x'], {}, { dims: ['batch', 'time'] }),
      words: ["input 'x'", 'dynamic axis'],
    },
    'an input of texts': { file: fileOf('Relu', ['x'], {}, { elementType: 8 }), words: ["input 'x'", 'string'] },
    'a layer that refuses': { file: fileOf('Flatten', ['x'], { axis: 0 }), words: [NODE, "'axis' of 1"] },
    'no graph': { file: uintField(1, 8), words: ['a graph'] },
    'a wire type that is none': { file: Uint8Array.from([0x0b]), words: ['wire type'] },
    'a length beyond the file': { file: Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0x7f]), words: ['bytes left'] },
    'a number without an end': { file: new Uint8Array(20).fill(0xff), words: ['10 bytes'] },
  };

  test.each(Object.entries(cases))('%s', async (_, { file, words }) => {
    await expectError(() => importOnnx(file), FormatError, 'INVALID_FILE', /byte \d+/, ...words);
  });

  test('names that are those of prototypes do no harm', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      for (const opType of ['Relu', name]) {
        const file = concatBytes(
          encodeModel({
            irVersion: 8,
            opsetVersion: 17,
            producerName: name,
            graphName: name,
            metadata: {},
            graphFields: [
              encodeNode({ name, opType: 'MatMul', inputs: ['x', name], outputs: ['h'], attributes: {} }),
              encodeNode({ name, opType, inputs: ['h'], outputs: ['y'], attributes: {} }),
              weights(name, [4, 4]),
              encodeValue('input', 'x', 1, ['batch', 4]),
              encodeValue('output', 'y', 1, ['batch', 4]),
            ],
          }),
        );
        const failure = attempt(file, 4);
        if (opType === name) expect(failure).toBeInstanceOf(FormatError);
      }
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).kernel).toBeUndefined();
  });

  test('a flood of nodes is refused before it is read', async () => {
    const node = encodeNode({ name: '', opType: 'Relu', inputs: ['x'], outputs: ['y'], attributes: {} });
    const flood = concatBytes(new Array<Uint8Array>(2 ** 16 + 1).fill(node));
    const file = fileOf('Relu', ['x'], {}, { fields: [flood] });
    await expectError(() => importOnnx(file), FormatError, 'INVALID_FILE', /at most 65536/);
  });
});

test('reading takes at most twice the bytes of the file beside the model', () => {
  const at = (path: string) => JSON.stringify(new URL(`../../bindings/${path}`, import.meta.url).href);
  const script = `
    import { sequential, dense } from ${at('index.ts')};
    import { exportOnnx, importOnnx } from ${at('formats/onnx/index.ts')};
    const net = sequential([dense(4000, { inputShape: [4000], kernelInitializer: 'zeros' })]);
    const file = exportOnnx(net);
    net.dispose();
    gc();
    const start = process.memoryUsage().rss;
    const loaded = importOnnx(file);
    const now = process.memoryUsage().rss;
    console.log(JSON.stringify({ bytes: file.length, start, now, weights: loaded.parameters()['dense_1/kernel'].length }));
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const { bytes, start, now, weights } = JSON.parse(stdout) as Record<'bytes' | 'start' | 'now' | 'weights', number>;
  expect(weights).toBe(16e6);
  // Nothing is collected in between: what is there at the end is all that was taken. The model's memory was there before.
  expect(now - start).toBeLessThan(2 * bytes + bytes / 4);
}, 60_000);
