// Predictions with int8 kernels beside those with float32 ones, both ours: what `model.save({ weights: 'int8' })` gains in time.

import { forwardFlops, type LayerSpec, type Shape } from '../net.js';
import { NETWORKS, startingWeights } from '../networks.js';
import { fillUniform, makeRandom } from '../random.js';
import { checkInference } from '../reference.js';
import { OURS, type InferenceCase, type Subject } from '../subject.js';
import { suiteOf, type Suite } from '../suite.js';

type Net = Pick<InferenceCase, 'name' | 'inputShape' | 'layers'>;

const network = (wanted: string): Net => NETWORKS.find(({ name }) => name === wanted)!;
const alone = (name: string, inputShape: Shape, layer: LayerSpec): Net => ({ name, inputShape, layers: [layer] });
const conv = (filters: number, size: number): LayerSpec => ({
  kind: 'conv2d',
  filters,
  size,
  padding: 'same',
  activation: 'relu',
});

const NETS: readonly Net[] = [
  network('mlp'),
  network('lenet5'),
  network('cnn'),
  alone('dense 1024 to 1024', [1024], { kind: 'dense', units: 1024 }),
  alone('conv 1x1, 64 to 128', [28, 28, 64], conv(128, 1)),
  alone('conv 3x3, 32 to 64', [14, 14, 32], conv(64, 3)),
  alone('conv 5x5, 32 to 64', [14, 14, 32], conv(64, 5)),
];
const BATCHES = [1, 32];

const SHAPES = NETS.flatMap((net) => BATCHES.map((batch) => ({ net, batch })));
const nameOf = ({ net, batch }: (typeof SHAPES)[number]): string => `${net.name}, batch ${batch}`;

/** Largest difference of an output from the float64 reference, relative to the norm of all outputs of a sample. */
const INT8_TOLERANCE = 0.02;

interface Outputs {
  values: Float32Array;
  isInt8: boolean;
}

const contests = suiteOf<(typeof SHAPES)[number], Outputs>('int8', SHAPES, nameOf, (shape) => {
  const given = makeCase(shape);
  return {
    work: { flops: given.batch * forwardFlops(given.layers, given.inputShape) },
    unit: 'ms',
    async create({ name }) {
      const { makeInference, makeInt8Inference } = await import('../subjects/wasmgrad.js');
      const isInt8 = name !== OURS;
      const runnable = isInt8 ? await makeInt8Inference(given) : makeInference(given);
      return { ...runnable, outputs: async () => ({ values: await runnable.outputs(), isInt8 }) };
    },
    check: ({ values, isInt8 }) =>
      checkInference(given, values, isInt8 ? INT8_TOLERANCE / Math.sqrt(given.batch) : undefined),
  };
});

/** They take no part in other suites, nor others in this one. */
const SUBJECTS: readonly Subject[] = [{ name: OURS }, { name: `${OURS}-int8` }];

export const int8: Suite = { ...contests, run: (_, ...given) => contests.run(SUBJECTS, ...given) };

function makeCase(shape: (typeof SHAPES)[number]): InferenceCase {
  const { net, batch } = shape;
  const { inputShape } = net;
  const layers = net.layers.filter(({ kind }) => kind !== 'dropout');
  const random = makeRandom(batch);
  const weights = startingWeights(random, { layers, inputShape });
  const features = inputShape.reduce((size, side) => size * side, batch);
  return { name: nameOf(shape), batch, inputShape, layers, x: fillUniform(random, features, 1), weights };
}
