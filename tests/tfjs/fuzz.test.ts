// Files that are broken by chance or on purpose: a typed error that says where, or a model that works; never a trap, a hang,
// memory that the file has no right to, or a changed prototype.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportTfjs, importTfjs } from '../../bindings/formats/tfjs/index.js';
import {
  add,
  batchNormalization,
  dense,
  FormatError,
  gru,
  input,
  model,
  sequential,
  WasmgradError,
  type Model,
} from '../../bindings/index.js';
import { drawValues, usedBytes } from '../model/support.js';
import { mutate, waysThrough } from '../support/fuzz.js';

interface Files {
  json: Uint8Array;
  weights: Uint8Array;
}

function filesOf(net: Model): Files {
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mae'] });
  const { files } = exportTfjs(net, { training: true });
  net.dispose();
  return { json: files['model.json']!, weights: files['group1-shard1of1.bin']! };
}

const chain = filesOf(
  sequential([
    gru(2, { resetAfter: false, inputShape: [3, 1] }),
    batchNormalization(),
    dense(2, { kernelRegularizer: 'l2', activation: 'elu' }),
  ]),
);

const graph = (() => {
  const x = input({ shape: [3] });
  const shared = dense(3);
  return filesOf(model({ inputs: x, outputs: add()([shared(x), shared(dense(3)(x))]) }));
})();

const x = drawValues(3, 1);

/** Imports, and uses what comes of it. What is no typed error fails the test; so does what takes long, or keeps memory. */
async function attempt(modelJson: Uint8Array | object, weights: Uint8Array): Promise<WasmgradError | undefined> {
  const before = usedBytes();
  const start = performance.now();
  let net: Model | undefined;
  let failure: WasmgradError | undefined;
  try {
    net = await importTfjs({ modelJson, weights });
    net.summary();
    net.predictSync(x);
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
    failure = error;
  }
  net?.dispose();
  expect(usedBytes()).toBe(before);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(Object.keys(Object.prototype)).toEqual([]);
  return failure;
}

/** What a file that can't be read is refused with: where, and what was expected. */
function checkRefusal(error: WasmgradError | undefined): void {
  if (error === undefined) return;
  if (error instanceof FormatError) {
    expect(error.message).toMatch(/byte \d+: /);
    expect(Number.isInteger(error.offset) && error.offset >= 0).toBe(true);
  } else {
    // A sound model for samples of another shape.
    expect(error.message).toMatch(/predict/);
  }
}

describe.each([
  ['a chain', chain],
  ['a functional model', graph],
])('%s', (_, { json, weights }) => {
  test('the file itself is sound, and small', async () => {
    expect(await attempt(json, weights)).toBeUndefined();
    expect(json.length).toBeLessThan(6000);
  });

  test('a byte of model.json changed, at every offset', async () => {
    for (let at = 0; at < json.length; at++) {
      const broken = json.slice();
      broken[at]! ^= 1 + ((at * 37) % 127);
      checkRefusal(await attempt(broken, weights));
    }
  }, 240_000);

  test('model.json cut short, at every offset', async () => {
    for (let length = 0; length < json.length; length++) {
      expect(await attempt(json.slice(0, length), weights)).toBeInstanceOf(FormatError);
    }
  }, 120_000);

  test('weights cut short, at every offset, and too many', async () => {
    for (let length = 0; length < weights.length; length++) {
      const error = await attempt(json, weights.slice(0, length));
      expect(error).toBeInstanceOf(FormatError);
      expect((error as FormatError).offset).toBe(length);
    }
    expect(await attempt(json, Uint8Array.from([...weights, 0]))).toBeInstanceOf(FormatError);
  });
});

const odd = fc.oneof(
  fc.constantFrom(null, '', '__proto__', 'constructor', 'Dense', -1, 0, 0.5, 1e9, 2 ** 53, 1e308, true, [], {}),
  fc.constantFrom(['dense_1', 0, 0, {}], [['dense_1', 0, 0]], [null, 2 ** 31], {
    class_name: 'Dense',
    config: { units: 1e9 },
  }),
  fc.nat(9),
  fc.string({ maxLength: 4 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);

test('any value at any place of model.json', async () => {
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(chain, graph),
      waysThrough(14),
      odd,
      fc.nat(3),
      async ({ json, weights }, steps, value, how) => {
        const fields = JSON.parse(new TextDecoder().decode(json)) as object;
        mutate(fields, steps, value, how);
        // As text, for `__proto__` as a key of its own.
        const error = await attempt(new TextEncoder().encode(JSON.stringify(fields)), weights);
        checkRefusal(error);
        kinds.add(error?.constructor.name ?? 'a model');
      },
    ),
    { numRuns: 1500 },
  );
  expect([...kinds]).toContain('FormatError');
  expect([...kinds]).toContain('a model');
}, 240_000);

test('any JSON, and any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      expect(await attempt(new TextEncoder().encode(text), chain.weights)).toBeInstanceOf(FormatError);
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await attempt(bytes, bytes)).toBeInstanceOf(FormatError);
    }),
    { numRuns: 300 },
  );
});

const topology = (layers: readonly object[]) => ({
  modelTopology: { class_name: 'Sequential', config: { name: 'net', layers } },
  weightsManifest: [],
});
const first = { batch_input_shape: [null, 4] };

test.each<[string, object, RegExp]>([
  [
    'a layer whose weights the file does not have',
    topology([{ class_name: 'Dense', config: { units: 2 ** 20, name: 'd', ...first } }]),
    /expected kernel \[4, 1048576\], got none/,
  ],
  [
    'a weight larger than its bytes',
    {
      ...topology([{ class_name: 'Flatten', config: { name: 'f', ...first } }]),
      weightsManifest: [{ paths: [], weights: [{ name: 'w', shape: [2 ** 26, 2 ** 26], dtype: 'float32' }] }],
    },
    /expected fewer values/,
  ],
  [
    'a sample larger than memory',
    topology([{ class_name: 'Flatten', config: { name: 'f', batch_input_shape: [null, 2 ** 29] } }]),
    /values a sample/,
  ],
  [
    'a layer that blows samples up',
    topology([{ class_name: 'RepeatVector', config: { name: 'r', n: 2 ** 30, ...first } }]),
    /values a sample/,
  ],
  [
    'a layer that nobody knows',
    topology([{ class_name: 'constructor', config: { name: 'c', ...first } }]),
    /class_name: expected one of/,
  ],
  [
    'paths that lead elsewhere',
    {
      ...topology([{ class_name: 'Flatten', config: { name: 'f', ...first } }]),
      weightsManifest: [{ paths: ['../../etc/passwd'], weights: [] }],
    },
    /beside model.json/,
  ],
])('%s', async (_, modelJson, message) => {
  const error = await attempt(modelJson, new Uint8Array());
  expect(error).toBeInstanceOf(FormatError);
  expect(error!.message).toMatch(message);
});

test('a chain of very many layers', async () => {
  const many = Array.from({ length: 50_000 }, (_, i) => ({
    class_name: 'Flatten',
    config: { name: `f${i}`, ...first },
  }));
  expect((await attempt(topology(many), new Uint8Array()))?.message).toMatch(/at most 2048/);
  expect(await attempt(topology(many.slice(0, 2000)), new Uint8Array())).not.toBeInstanceOf(RangeError);
});

test('keys that would change a prototype', async () => {
  const text = JSON.stringify(topology([{ class_name: 'Flatten', config: { name: 'f', ...first } }]));
  const hostile = text.replace(
    '"name":"f"',
    '"name":"f","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}',
  );
  const error = await attempt(new TextEncoder().encode(hostile), new Uint8Array());
  expect(error?.message).toMatch(/__proto__/);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
