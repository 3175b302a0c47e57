// What every kind of layer must do: give the shape it declares, train, have right gradients, be the same layer when made
// again from its configuration, and compute the same bytes each time.

import { describe, expect, test } from 'vitest';
import {
  input,
  layer,
  layerFromConfig,
  model,
  ones,
  sgd,
  zeros,
  type AnyLayer,
  type Model,
  type SymbolicTensor,
} from '../../bindings/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import { drawValues } from '../model/support.js';
import { LAYER_CASES, type LayerCase } from './cases.js';

const SAMPLES = 5;

/** y = gain x + offset, one of each for every value: in front of a layer, its gradients are those of the layer's input. */
const affine = () =>
  layer({
    kind: 'affine',
    build({ inputShapes: [shape], parameter }) {
      parameter('gain', shape!, ones());
      parameter('offset', shape!, zeros());
    },
    call: ([x], { parameter }) => x!.mul(parameter('gain')).add(parameter('offset')),
  });

/** A model around the layer, its inputs trained through where they are numbers. */
function modelOf(made: AnyLayer, { inputs, indices, isList }: LayerCase): Model {
  const dtype = indices === undefined ? 'float32' : 'int32';
  const symbolic = inputs.map((shape) => input({ shape, dtype }));
  const before = symbolic.map((value) => (indices === undefined ? affine()(value) : value));
  const called: SymbolicTensor | SymbolicTensor[] = made(before);
  expect(Array.isArray(called)).toBe(isList ?? false);
  const output = Array.isArray(called) ? called[0]! : called;
  return model({ inputs: symbolic, outputs: output, seed: 3 });
}

/** Values about [-1, 1) in a random order, evenly apart and off 0, other ones for another seed: no small step meets a corner. */
function spacedValues(count: number, seed: number): Float32Array {
  const drawn = drawValues(count, seed);
  const order = [...drawn.keys()].sort((a, b) => drawn[a]! - drawn[b]!);
  const values = new Float32Array(count);
  order.forEach((at, rank) => (values[at] = (2 * rank + 0.7 * seed - 0.2) / count - 1));
  return values;
}

function dataOf({ inputs, output, indices }: LayerCase) {
  const x = inputs.map((shape, i) => {
    const values = spacedValues(SAMPLES * sizeOf(shape), i + 1);
    return indices === undefined ? values : Int32Array.from(values, (value) => Math.floor(((value + 1) / 2) * indices));
  });
  return { x, y: drawValues(SAMPLES * sizeOf(output), 99) };
}

/** Trains on the whole data as one batch; the loss of each step. */
async function train(net: Model, layerCase: LayerCase, learningRate: number, epochs = 1): Promise<number[]> {
  const { x, y } = dataOf(layerCase);
  net.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
  const { history } = await net.fit(x, y, { epochs, batchSize: SAMPLES, shuffle: false });
  return history.loss!;
}

const bytesOf = (values: Readonly<Record<string, Float32Array>>): string =>
  JSON.stringify(Object.entries(values).map(([name, data]) => [name, ...data]));

const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) =>
  list.map((layerCase, i) => [`${kind} ${i + 1}`, kind, layerCase] as const),
);

describe.each(cases)('%s', (_, kind, layerCase) => {
  test('declares its output shape, and has it', async () => {
    using net = modelOf(layerCase.make(), layerCase);
    const prediction = await net.predict(dataOf(layerCase).x);
    expect(prediction.shape).toEqual([SAMPLES, ...layerCase.output]);
    expect([...prediction.data].every(Number.isFinite)).toBe(true);
  });

  test('learns', async () => {
    using net = modelOf(layerCase.make(), layerCase);
    const { x, y } = dataOf(layerCase);
    // The moving moments settle first: what follows is due to the weights alone.
    await train(net, layerCase, 0, 12);
    const before = await net.evaluate(x, y);
    await train(net, layerCase, 0.03, 25);
    const after = await net.evaluate(x, y);
    expect(after.loss).toBeLessThan(before.loss!);
  });

  test('has the gradients of its loss', async () => {
    using probe = modelOf(layerCase.make(), layerCase);
    const weights = Object.entries(probe.parameters()).map(([path, data]) => [path, data.slice()] as const);
    await train(probe, layerCase, 0);
    const direction = new Map(weights.map(([path, data], i) => [path, drawValues(data.length, 7 + i)]));
    const gradients = probe.gradients();
    const slope = Object.entries(gradients).reduce(
      (sum, [path, data]) => sum + data.reduce((own, g, i) => own + g * direction.get(path)![i]!, 0),
      0,
    );
    const step = 5e-3;
    const lossAt = async (sign: number): Promise<number> => {
      using net = modelOf(layerCase.make(), layerCase);
      const trained = weights.filter(([path]) => path in gradients);
      net.setParameters(
        Object.fromEntries(
          trained.map(([path, data]) => [path, data.map((w, i) => w + sign * step * direction.get(path)![i]!)]),
        ),
      );
      return (await train(net, layerCase, 0))[0]!;
    };
    const expected = ((await lossAt(1)) - (await lossAt(-1))) / (2 * step);
    expect(Math.abs(slope - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)));
  });

  test('is the same layer when made from its configuration', async () => {
    const original = layerCase.make();
    const { definition } = original;
    expect(definition.kind).toBe(kind);
    const json: unknown = JSON.parse(JSON.stringify({ kind: definition.kind, config: definition.config }));
    const again = layerFromConfig(json as Parameters<typeof layerFromConfig>[0]);
    expect(again.definition.config).toEqual(definition.config);
    using first = modelOf(original, layerCase);
    using second = modelOf(again, layerCase);
    const losses = [await train(first, layerCase, 0.05, 3), await train(second, layerCase, 0.05, 3)];
    expect(losses[1]).toEqual(losses[0]);
    expect(bytesOf(second.parameters())).toBe(bytesOf(first.parameters()));
  });

  test('computes the same bytes again', async () => {
    const run = async (): Promise<string> => {
      using net = modelOf(layerCase.make(), layerCase);
      await train(net, layerCase, 0.05, 3);
      const { data } = await net.predict(dataOf(layerCase).x);
      return bytesOf({ ...net.parameters(), prediction: data });
    };
    expect(await run()).toBe(await run());
  });
});
