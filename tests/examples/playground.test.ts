// The playground without its page: what links say, what the data are, and what a run gives. `npm run test:playground` has the page.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadModel } from '../../bindings/index.js';
import { makeDigits } from '../../examples/playground/digits.js';
import { csvData, targetColumns } from '../../examples/playground/src/data/csvData.js';
import { digitData, PIXELS } from '../../examples/playground/src/data/digits.js';
import { centred, PAD_SIDE } from '../../examples/playground/src/data/pad.js';
import { pointData } from '../../examples/playground/src/data/points.js';
import { SAMPLE_CSV } from '../../examples/playground/src/data/sampleCsv.js';
import type { SampleData } from '../../examples/playground/src/data/sampleData.js';
import { EXPORT_NAMES } from '../../examples/playground/src/exports.js';
import type { Field } from '../../examples/playground/src/state/field.js';
import { FIELDS } from '../../examples/playground/src/state/fields.js';
import { PRESETS } from '../../examples/playground/src/state/presets.js';
import { FIELD_NAMES, INITIAL, parseState, writeState, type State } from '../../examples/playground/src/state/state.js';
import type { EpochFigures, HealthView } from '../../examples/playground/src/training/frame.js';
import { Session, type Outcome } from '../../examples/playground/src/training/session.js';

const digits = makeDigits();
const dataOf = (state: State): SampleData =>
  state.data === 'digits' ? digitData(digits, state, []) : pointData(state);

interface Trained {
  outcome: Outcome;
  figures: EpochFigures[];
  health: HealthView | undefined;
  session: Session;
}

/** Trains to the end. The caller disposes of the session. */
async function train(state: State, data = dataOf(state)): Promise<Trained> {
  const figures: EpochFigures[] = [];
  let health: HealthView | undefined;
  const session = new Session(state, data, (frame) => {
    figures.push(...frame.figures);
    health = frame.health ?? health;
  });
  session.gate.open();
  const outcome = await session.run();
  return { outcome: outcome!, figures, health, session };
}

/** Any value that a control can set. */
function valuesOf(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'choice':
      return fc.constantFrom(...field.options.map(({ value }) => value));
    case 'range':
      return fc
        .integer({ min: 0, max: Math.round((field.maximum - field.minimum) / field.step) })
        .map((steps) => Number((field.minimum + steps * field.step).toFixed(6)));
    case 'whole':
      return fc.integer({ min: field.minimum, max: field.maximum });
    case 'flag':
      return fc.boolean();
    case 'layers':
      return fc.array(fc.integer({ min: 1, max: field.maximumUnits }), { maxLength: field.maximumLayers });
  }
}

const states = fc.record(
  Object.fromEntries(FIELD_NAMES.map((name) => [name, valuesOf(FIELDS[name])])),
) as unknown as fc.Arbitrary<State>;

/** Every setting is one that its field would write and read again. */
function expectValid(state: State): void {
  expect(Object.keys(state).sort()).toEqual([...FIELD_NAMES].sort());
  for (const name of FIELD_NAMES) {
    const field = FIELDS[name] as { write(value: unknown): string; parse(text: string): unknown };
    expect(field.parse(field.write(state[name]))).toEqual(state[name]);
  }
}

describe('links', () => {
  test('hold every state there is', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(parseState(`#${writeState(state)}`)).toEqual({ state, rejected: [] });
      }),
    );
  });

  test('no two fields have the same key', () => {
    expect(new Set(FIELD_NAMES.map((name) => FIELDS[name].key)).size).toBe(FIELD_NAMES.length);
  });

  test('from anywhere give a valid state', () => {
    const keys = fc.constantFrom('__proto__', 'constructor', ...FIELD_NAMES.map((name) => FIELDS[name].key));
    const hostile = fc.array(fc.tuple(keys, fc.oneof(fc.string(), fc.double().map(String))), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          hostile.map((pairs) => new URLSearchParams(pairs).toString()),
        ),
        (hash) => {
          expectValid(parseState(`#${hash}`).state);
        },
      ),
    );
  });

  test.each([
    ['data=mnist', 'Data set'],
    ['n=100000', 'Samples'],
    ['n=1e3', 'Samples'],
    ['noise=-0.1', 'Noise'],
    ['noise=NaN', 'Noise'],
    ['noise=0x1', 'Noise'],
    ['net=16-1000', 'Hidden layers'],
    ['net=16-129', 'Hidden layers'],
    ['net=1-1-1-1-1-1-1', 'Hidden layers'],
    ['net=16-', 'Hidden layers'],
    ['rate=1e9', 'Learning rate'],
    ['epochs=999999', 'Epochs'],
    ['epochs=0', 'Epochs'],
    ['seed=-1', 'Seed'],
    ['bn=true', 'Batch normalisation'],
    ['__proto__=1', '__proto__'],
    ['<img src=x>=1', '<img src'],
  ])('%s is refused by name, the rest is taken', (bad, label) => {
    const { state, rejected } = parseState(`#${bad}&act=relu`);
    expect(rejected).toEqual([label]);
    expect(state).toEqual({ ...INITIAL, activation: 'relu' });
  });

  test('that are too long are not read', () => {
    const { state, rejected } = parseState(`#act=relu&x=${'a'.repeat(3000)}`);
    expect(state).toEqual(INITIAL);
    expect(rejected.join()).toContain('too long');
  });
});

describe('data', () => {
  test.each(['spiral', 'circles', 'xor', 'gaussians'] as const)('%s: by the seed alone, inside the plane', (data) => {
    const state = { ...INITIAL, data };
    const [first, again, other] = [dataOf(state), dataOf(state), dataOf({ ...state, seed: 7 })];
    expect(again).toEqual(first);
    expect(other.train.x).not.toEqual(first.train.x);
    expect(first.train.y.length + first.dev.y.length).toBe(state.samples);
    expect(Math.max(...first.train.x.map(Math.abs))).toBeLessThanOrEqual(first.extent!);
    for (const { y } of [first.train, first.dev]) expect(new Set(y)).toEqual(new Set([0, 1]));
  });

  test('a drawing becomes a centred picture, wherever and however large it was drawn', () => {
    const box = (left: number, top: number, side: number) => {
      const ink = new Float32Array(PAD_SIDE * PAD_SIDE);
      for (let y = top; y < top + 2 * side; y++) ink.fill(1, y * PAD_SIDE + left, y * PAD_SIDE + left + side);
      return centred(ink)!;
    };
    const [small, large] = [box(5, 5, 10), box(50, 30, 40)];
    expect(small.length).toBe(PIXELS);
    expect(small.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(40);
    small.forEach((value, i) => expect(Math.abs(value - large[i]!)).toBeLessThan(0.35));
    expect(centred(new Float32Array(PAD_SIDE * PAD_SIDE))).toBeUndefined();
  });

  test('what is drawn and named joins the training data alone', () => {
    const state = { ...INITIAL, data: 'digits' as const };
    const plain = dataOf(state);
    const taught = digitData(digits, state, [{ pixels: new Float32Array(PIXELS).fill(1), label: 3 }]);
    expect(taught.dev).toEqual(plain.dev);
    expect(taught.train.y.length).toBeGreaterThan(plain.train.y.length);
    expect(taught.train.y.at(-1)).toBe(3);
    expect(taught.train.x.at(-1)).toBe(1);
  });

  test('a table: classes by name, features of mean 0, others named', () => {
    const text = `id,${SAMPLE_CSV.replaceAll('\n', '\nleaf,')}`;
    expect(targetColumns(text)[0]).toBe('plant');
    const data = csvData({ text }, { ...INITIAL, data: 'csv' });
    expect(data.classes).toEqual(['birch', 'lime', 'willow']);
    expect(data.features).toEqual(['length', 'width', 'stem']);
    expect(data.notes.join(' ')).toContain('id');
    const first = data.train.x.filter((_, i) => i % 3 === 0);
    expect(first.reduce((sum, value) => sum + value, 0) / first.length).toBeCloseTo(0, 4);
  });

  test.each([
    ['a,b\n1', /line 2 has 1 columns/],
    ['', /empty/],
    [`a,b\n${'1,x\n'.repeat(20)}`, /has 1 different values/],
    [`a,b\n${Array.from({ length: 20 }, (_, i) => `${i},${i}`).join('\n')}`, /has 20 different values/],
    [`a,b\n${'u,x\nv,y\n'.repeat(10)}`, /no column has only numbers/],
  ])('a table that will not do is refused with the reason: %j', (text, reason) => {
    expect(() => csvData({ text }, INITIAL)).toThrow(reason);
  });
});

describe('a run', () => {
  test('learns the spiral, to the same bits whether it is paused or not', async () => {
    const { outcome, figures, session } = await train(INITIAL);
    expect(outcome.devAccuracy).toBeGreaterThan(0.94);
    expect(figures.map(({ epoch }) => epoch)).toEqual(Array.from({ length: INITIAL.epochs }, (_, i) => i + 1));
    const file = await session.export('safetensors');
    const loaded = await loadModel(file);
    const { x } = session.data.dev;
    expect(loaded.predictSync(x).data).toEqual(session.model.predictSync(x).data);
    loaded.dispose();
    await session.dispose();

    const short = { ...INITIAL, epochs: 12 };
    const straight = await train(short);
    await straight.session.dispose();
    let shown = 0;
    const stepped = new Session(short, dataOf(short), (frame) => (shown = frame.epoch));
    const end = stepped.run();
    for (let epoch = 0; epoch < 12; epoch++) {
      expect(shown).toBeLessThanOrEqual(epoch);
      stepped.gate.step();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await end)!.sha256).toBe(straight.outcome.sha256);
    await stepped.dispose();
  });

  test.each(EXPORT_NAMES)('leaves as %s', async (name) => {
    const state = { ...INITIAL, epochs: 1, dropout: 0.2, batchNorm: true, penalty: 'l2' as const };
    const { session } = await train(state);
    expect((await session.export(name)).length).toBeGreaterThan(1000);
    await session.dispose();
  });

  test('every choice of every field trains', async () => {
    for (const name of ['activation', 'penalty', 'optimizer', 'schedule', 'maxNorm'] as const) {
      for (const { value } of FIELDS[name].options) {
        const { outcome, session } = await train({ ...INITIAL, [name]: value, epochs: 2, samples: 80 });
        expect(outcome.epochs, `${name} ${value}`).toBe(2);
        await session.dispose();
      }
    }
  });

  test('digits with a convolution and augmentation', async () => {
    const changes: Partial<State> = { data: 'digits', convolution: true, rotation: 10, shift: 0.1, zoom: 0.1 };
    const { outcome, session } = await train({ ...INITIAL, ...changes, samples: 600, epochs: 6 });
    expect(outcome.devAccuracy).toBeGreaterThan(0.6);
    expect(session.predict(session.data.dev.x.slice(0, PIXELS)).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    await session.dispose();
  });

  test('that explodes ends with an error that says so', async () => {
    const state: State = { ...INITIAL, activation: 'relu', optimizer: 'sgd', rate: 3, layers: [64, 64, 64], batch: 1 };
    const session = new Session(state, dataOf(state), () => undefined);
    session.gate.open();
    await expect(session.run()).rejects.toThrow(/finite|learning rate/i);
    await session.dispose();
  });

  test('that is disposed of while it waits ends without a word', async () => {
    const session = new Session(INITIAL, dataOf(INITIAL), () => undefined);
    const end = session.run();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.dispose();
    expect(await end).toBeUndefined();
  });
});

describe('presets show what they say', () => {
  const presetOf = (name: string): State => PRESETS.find((preset) => preset.name === name)!.state;

  test.each([
    ['Too simple', 'avoidableBias'],
    ['Overfit', 'variance'],
    ['Three arms', undefined],
  ])('%s: %s', async (name, largest) => {
    const { outcome, session } = await train(presetOf(name));
    expect(outcome.verdict.largest).toBe(largest);
    await session.dispose();
  });

  test('Overfit, cured: stopped early, with the weights of the best epoch and a smaller gap', async () => {
    const { outcome, figures, session } = await train(presetOf('Overfit, cured'));
    const best = figures.reduce((least, figure) => (figure.devLoss < least.devLoss ? figure : least));
    expect(outcome.stoppedEpoch).toBe(outcome.epochs);
    expect(outcome.bestEpoch).toBe(best.epoch);
    expect(outcome.devAccuracy).toBe(best.devAccuracy);
    expect(outcome.verdict.variance).toBeLessThan(0.05);
    await session.dispose();
  });

  test('Vanishing gradients', async () => {
    const { health, session } = await train(presetOf('Vanishing gradients'));
    expect(health!.verdict).toBe('vanishing');
    await session.dispose();
  });

  test('Read digits', async () => {
    const { outcome, session } = await train(presetOf('Read digits'));
    expect(outcome.devAccuracy).toBeGreaterThan(0.85);
    await session.dispose();
  });
});
