// Recurrent layers: shapes and states, masks, directions, variations, errors. Values are checked by the golden families, the
// arithmetic of the instruction by tests/ops/samples.test.ts.

import { describe, expect, test } from 'vitest';
import {
  adam,
  bidirectional,
  dense,
  DTypeError,
  embedding,
  evaluateFunction,
  gru,
  input,
  lstm,
  masking,
  model,
  OptionError,
  sequential,
  ShapeError,
  simpleRNN,
  statelessCall,
  timeDistributed,
  valueAndGradients,
  type AnyLayer,
  type GatedOptions,
  type Tensor,
} from '../../bindings/index.js';
import { drawValues, expectError, hashOf } from '../model/support.js';

type Kind = 'simpleRNN' | 'lstm' | 'gru' | 'gruResetBefore';
const KINDS: readonly Kind[] = ['simpleRNN', 'lstm', 'gru', 'gruResetBefore'];

function make(kind: Kind, units: number, options: GatedOptions = {}): AnyLayer {
  if (kind === 'lstm') return lstm(units, options);
  if (kind === 'simpleRNN') return simpleRNN(units, options);
  return gru(units, { ...options, resetAfter: kind === 'gru' });
}

const [BATCH, TIME, FEATURES, UNITS] = [3, 5, 2, 4];
const X = { shape: [BATCH, TIME, FEATURES], data: drawValues(BATCH * TIME * FEATURES, 1) };

/** Values for all parameters of a layer, the same for equal names and shapes. */
function weightsOf(
  layer: AnyLayer,
  features = FEATURES,
): Record<string, { shape: readonly number[]; data: Float32Array }> {
  layer.build([[TIME, features]]);
  return Object.fromEntries(
    layer.parameters.map(({ name, shape }, i) => {
      const size = shape.reduce((product, side) => product * side, 1);
      return [name, { shape, data: drawValues(size, 5 + i) }];
    }),
  );
}

/** Outputs of one call in inference. */
function outputsOf(
  layer: AnyLayer,
  x: { shape: readonly number[]; data: Float32Array } = X,
  mask?: { shape: readonly number[]; data: Float32Array },
  states: readonly { shape: readonly number[]; data: Float32Array }[] = [],
): number[][] {
  const parameters = weightsOf(layer, x.shape[2]);
  const inputs = { x, ...(mask && { mask }), ...Object.fromEntries(states.map((state, i) => [`state${i}`, state])) };
  const { ...results } = evaluateFunction(
    (leaves: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
      const weights = Object.fromEntries(Object.keys(parameters).map((name) => [name, leaves[`w:${name}`]!]));
      const given = [leaves.x!, ...states.map((_, i) => leaves[`state${i}`]!)];
      const { outputs } = statelessCall(layer, given, { parameters: weights, masks: [leaves.mask] });
      return Object.fromEntries(outputs.map((tensor, i) => [`y${i}`, tensor]));
    },
    { ...inputs, ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`w:${name}`, value])) },
  );
  return Object.values(results).map(({ data }) => [...data]);
}

const stepsOf = (flat: readonly number[], time: number, width: number): number[][][] =>
  Array.from({ length: flat.length / time / width }, (_, row) =>
    Array.from({ length: time }, (__, step) =>
      flat.slice((row * time + step) * width, (row * time + step + 1) * width),
    ),
  );

const expectClose = (got: readonly number[], expected: readonly number[], digits = 5): void => {
  expect(got.length).toBe(expected.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
};

describe.each(KINDS)('%s', (kind) => {
  const states = kind === 'lstm' ? 2 : 1;

  test('the last state is that of the last step, and where a second call can go on', () => {
    const options = { returnSequences: true, returnState: true };
    const whole = outputsOf(make(kind, UNITS, options));
    expect(whole.length).toBe(1 + states);
    const sequence = stepsOf(whole[0]!, TIME, UNITS);
    expectClose(
      whole[1]!,
      sequence.flatMap((steps) => steps.at(-1)!),
    );
    expectClose(outputsOf(make(kind, UNITS))[0]!, whole[1]!);
    const part = (begin: number, end: number) => ({
      shape: [BATCH, end - begin, FEATURES],
      data: Float32Array.from(stepsOf([...X.data], TIME, FEATURES).flatMap((steps) => steps.slice(begin, end).flat())),
    });
    const first = outputsOf(make(kind, UNITS, options), part(0, 2));
    const carried = first.slice(1).map((data) => ({ shape: [BATCH, UNITS], data: Float32Array.from(data) }));
    const second = outputsOf(make(kind, UNITS, options), part(2, TIME), undefined, carried);
    whole.slice(1).forEach((state, i) => expectClose(second[1 + i]!, state));
  });

  test('goBackwards reads the reversed sequence', () => {
    const reversed = {
      shape: X.shape,
      data: Float32Array.from(stepsOf([...X.data], TIME, FEATURES).flatMap((steps) => steps.toReversed().flat())),
    };
    const options = { returnSequences: true, returnState: true };
    const backwards = outputsOf(make(kind, UNITS, { ...options, goBackwards: true }));
    const forwards = outputsOf(make(kind, UNITS, options), reversed);
    backwards.forEach((values, i) => expectClose(values, forwards[i]!));
  });

  test('masked steps at the end or the start are as if they were not there', () => {
    const lengths = [5, 2, 3];
    const options = { returnState: true };
    for (const isLeft of [false, true]) {
      const isCounted = (row: number, step: number): boolean =>
        isLeft ? step >= TIME - lengths[row]! : step < lengths[row]!;
      const mask = Float32Array.from({ length: BATCH * TIME }, (_, i) =>
        Number(isCounted(Math.floor(i / TIME), i % TIME)),
      );
      const padded = outputsOf(make(kind, UNITS, options), X, { shape: [BATCH, TIME], data: mask });
      lengths.forEach((length, row) => {
        const steps = stepsOf([...X.data], TIME, FEATURES)[row]!;
        const own = steps.filter((_, step) => isCounted(row, step)).flat();
        const alone = outputsOf(make(kind, UNITS, options), {
          shape: [1, length, FEATURES],
          data: Float32Array.from(own),
        });
        padded.forEach((values, i) => expectClose(values.slice(row * UNITS, (row + 1) * UNITS), alone[i]!));
      });
    }
  });

  test('step by step out of operators it is the same, masks and gradients included', () => {
    // A function of one's own is not recognised as tanh, so it does not run as one instruction.
    const composed = { activation: (x: Tensor) => x.tanh() };
    for (const goBackwards of [false, true]) {
      const options = { returnSequences: true, returnState: true, goBackwards };
      const layers = [make(kind, UNITS, options), make(kind, UNITS, { ...options, ...composed })];
      const mask = {
        shape: [BATCH, TIME],
        data: Float32Array.from({ length: BATCH * TIME }, (_, i) => Number(i % 4 !== 1)),
      };
      const [fused, stepwise] = layers.map((layer) => {
        const parameters = weightsOf(layer);
        const cotangent = { shape: [BATCH, TIME, UNITS], data: drawValues(BATCH * TIME * UNITS, 9) };
        const last = { shape: [BATCH, UNITS], data: drawValues(BATCH * UNITS, 10) };
        const { values, gradients } = valueAndGradients<string, string>(
          (leaves) => {
            const weights = Object.fromEntries(Object.keys(parameters).map((name) => [name, leaves[name]!]));
            const { outputs } = statelessCall(layer, [leaves.x!], { parameters: weights, masks: [leaves.mask] });
            return Object.fromEntries(outputs.map((tensor, i) => [`y${i}`, tensor]));
          },
          { x: X, mask, ...parameters },
          {
            cotangents: {
              y0: cotangent,
              ...Object.fromEntries(Array.from({ length: states }, (_, i) => [`y${i + 1}`, last])),
            },
          },
        );
        return { values, gradients };
      });
      for (const [name, { data }] of Object.entries(fused!.values))
        expectClose([...data], [...stepwise!.values[name]!.data]);
      for (const name of ['x', 'kernel', 'recurrentKernel', 'bias']) {
        expectClose([...fused!.gradients[name]!.data], [...stepwise!.gradients[name]!.data], 4);
      }
    }
  });

  test('bidirectional: forward first, the backward sequence in the order of the input', () => {
    const both = bidirectional(make(kind, UNITS, { returnSequences: true }));
    const weights = weightsOf(both);
    const names = both.parameters.map(({ name }) => name);
    expect(names).toEqual([
      'forward_kernel',
      'forward_recurrentKernel',
      'forward_bias',
      'backward_kernel',
      'backward_recurrentKernel',
      'backward_bias',
    ]);
    const direction = (prefix: string, goBackwards: boolean): number[][][] => {
      const layer = make(kind, UNITS, { returnSequences: true, goBackwards });
      const own = ['kernel', 'recurrentKernel', 'bias'];
      const { y } = evaluateFunction(
        (leaves: Readonly<Record<string, Tensor>>) => {
          const parameters = Object.fromEntries(own.map((name) => [name, leaves[prefix + name]!]));
          return { y: statelessCall(layer, [leaves.x!], { parameters }).outputs[0]! };
        },
        { x: X, ...weights },
      );
      return stepsOf([...y.data], TIME, UNITS);
    };
    const forward = direction('forward_', false);
    const backward = direction('backward_', true).map((steps) => steps.toReversed());
    const expected = forward.flatMap((steps, row) => steps.flatMap((step, t) => [...step, ...backward[row]![t]!]));
    expectClose(outputsOf(both)[0]!, expected);
  });

  test('the same seed gives the same bytes, with every kind of dropout too', async () => {
    const run = async (): Promise<string> => {
      using net = sequential(
        [
          make(kind, 5, { returnSequences: true, dropout: 0.2, inputShape: [TIME, FEATURES] }) as ReturnType<
            typeof dense
          >,
          make(kind, 3, { recurrentDropout: 0.3 }) as ReturnType<typeof dense>,
          dense(1),
        ],
        { seed: 5 },
      );
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      await net.fit(X.data, [1, 2, 3], { epochs: 3, batchSize: 2 });
      return hashOf(net);
    };
    expect(await run()).toBe(await run());
  });

  test('learns to say what came first', async () => {
    const count = 96;
    const x = drawValues(count * 6, 3);
    const y = Float32Array.from({ length: count }, (_, i) => Number(x[i * 6]! > 0));
    using net = sequential([make(kind, 8, { inputShape: [6, 1] }) as ReturnType<typeof dense>, dense(1)], { seed: 2 });
    net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
    const { history } = await net.fit({ data: x, shape: [count, 6, 1] }, y, { epochs: 60, batchSize: 16 });
    expect(history.loss!.at(-1)).toBeLessThan(0.15);
  });
});

test('the forget gate of an lstm begins with a bias of 1, unless told otherwise', () => {
  const biasOf = (options: Parameters<typeof lstm>[1]): number[] => {
    using net = sequential([lstm(2, { ...options, inputShape: [TIME, FEATURES] })]);
    return [...net.parameters()['lstm_1/bias']!];
  };
  expect(biasOf({})).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  expect(biasOf({ biasInitializer: { name: 'constant', config: { value: 2 } } })).toEqual([2, 2, 1, 1, 2, 2, 2, 2]);
  expect(biasOf({ unitForgetBias: false })).toEqual(new Array(8).fill(0));
});

describe('masks', () => {
  test('masking leaves out steps whose features all have the value', () => {
    const [rows, time] = [2, 4];
    const data = drawValues(rows * time * FEATURES, 4);
    data.fill(-1, 2 * FEATURES, 4 * FEATURES);
    data[0] = -1;
    const results = evaluateFunction(
      ({ x }) => {
        const { outputs, masks } = statelessCall(masking({ maskValue: -1 }), [x]);
        return { y: outputs[0]!, mask: masks[0]! };
      },
      { x: { shape: [rows, time, FEATURES], data } },
    );
    expect([...results.mask.data]).toEqual([1, 1, 0, 0, 1, 1, 1, 1]);
    expect([...results.y.data]).toEqual([...data.map((value, i) => (i >= 4 && i < 8 ? 0 : value))]);
  });

  test('of a sequence read backwards is in the order of reading', () => {
    const maskAfter = (layer: AnyLayer): number[] => {
      const parameters = weightsOf(layer);
      const { mask } = evaluateFunction(
        (leaves: Readonly<Record<string, Tensor>>) => {
          const weights = Object.fromEntries(Object.keys(parameters).map((name) => [name, leaves[name]!]));
          const { masks, outputs } = statelessCall(layer, [leaves.x!], { parameters: weights, masks: [leaves.given] });
          return { mask: masks[0] ?? outputs[0]!.sum().mul(0) };
        },
        {
          x: { shape: [1, TIME, FEATURES], data: drawValues(TIME * FEATURES, 1) },
          given: { shape: [1, TIME], data: Float32Array.of(1, 1, 0, 1, 0) },
          ...parameters,
        },
      );
      return [...mask.data];
    };
    expect(maskAfter(gru(3, { returnSequences: true }))).toEqual([1, 1, 0, 1, 0]);
    expect(maskAfter(gru(3, { returnSequences: true, goBackwards: true }))).toEqual([0, 1, 0, 1, 1]);
    expect(maskAfter(bidirectional(gru(3, { returnSequences: true })))).toEqual([1, 1, 0, 1, 0]);
    expect(maskAfter(gru(3)).map(Math.abs)).toEqual([0]);
  });

  test('travel from an embedding through sequences to the last layer', async () => {
    const makeNet = (time: number) =>
      sequential(
        [
          embedding(9, 3, { maskZero: true, inputShape: [time] }),
          bidirectional(gru(4, { returnSequences: true })),
          timeDistributed(dense(3, { activation: 'tanh' })),
          lstm(4),
          dense(2),
        ],
        { seed: 8 },
      );
    using short = makeNet(3);
    using long = makeNet(6);
    const [a, b] = [await short.predict([[4, 1, 8]]), await long.predict([[4, 1, 8, 0, 0, 0]])];
    expectClose([...b.data], [...a.data]);
  });
});

describe('errors', () => {
  test('options', () => {
    expect(() => lstm(0)).toThrow(OptionError);
    expect(() => gru(2.5)).toThrow(/gru: units/);
    expect(() => simpleRNN(3, { dropout: 1 })).toThrow(/dropout/);
    expect(() => simpleRNN(3, { recurrentActivation: 'relu' } as never)).toThrow(/unknown option/);
    expect(() => lstm(3, { resetAfter: true } as never)).toThrow(/unknown option 'resetAfter'/);
    expect(() => lstm(3, { activation: 'tanhh' as never })).toThrow(/lstm: unknown activation/);
    expect(() => bidirectional(dense(3))).toThrow(
      /bidirectional: expected a simpleRNN, lstm or gru .* got a dense layer/,
    );
    expect(() => bidirectional(lstm(3, { goBackwards: true }))).toThrow(OptionError);
    expect(() => bidirectional(lstm(3), { mergeMode: 'average' as never })).toThrow(/unknown mergeMode 'average'/);
  });

  test('shapes of inputs, states and masks', () => {
    const x = input({ shape: [TIME, FEATURES] });
    expect(() => lstm(3)(input({ shape: [4] }))).toThrow(/lstm: expected sequences \[time, features\].*got \[4\]/);
    expect(() => lstm(3)([x, input({ shape: [3] })])).toThrow(/2 initial state/);
    expect(() => gru(3, { name: 'reader' })([x, input({ shape: [4] })])).toThrow(
      /reader: expected initial states of shape \[3\]/,
    );
    const mask = { shape: [BATCH, TIME + 1], data: new Float32Array(BATCH * (TIME + 1)) };
    expect(() => outputsOf(gru(3), X, mask)).toThrow(ShapeError);
    expect(() => outputsOf(gru(3), X, mask)).toThrow(/gru: expected a mask of shape \[3, 5\]/);
  });
});

test('a model hands states from one layer to the next: encoder and decoder', async () => {
  const source = input({ shape: [TIME, FEATURES] });
  const target = input({ shape: [3, 1] });
  const [, h, c] = lstm(4, { returnState: true })(source) as unknown as [never, never, never];
  const decoded = lstm(4, { returnSequences: true })([target, h, c]);
  using net = model({ inputs: [source, target], outputs: dense(1)(decoded), seed: 4 });
  net.compile({ optimizer: adam({ learningRate: 0.05 }), loss: 'meanSquaredError' });
  const y = drawValues(BATCH * 3, 6);
  const { history } = await net.fit([X.data, drawValues(BATCH * 3, 5)], y, { epochs: 80 });
  expect(history.loss!.at(-1)).toBeLessThan(0.1 * history.loss![0]!);
});

test('int32 sequences are refused with the type named', async () => {
  await expectError(() => lstm(3)(input({ shape: [4, 2], dtype: 'int32' })), DTypeError, 'DTYPE_MISMATCH', 'lstm');
});
