// Clipping of gradients against its references, as a training step does it.

import { ema, layer, sequential, sgd, zeros, type Clipping, type Tensor } from '../../../bindings/index.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { OptimizerRun } from '../../support/optimizerRun.js';
import { assertClose, numbered, tensorOf, type FixtureTensor, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface ClippingAttributes {
  op: string;
  clip?: number;
  decay?: number;
  biasCorrection?: boolean;
}

/** A layer whose output is the sum of parameters times inputs: the gradients of the parameters are the inputs. */
const product = (gradients: readonly FixtureTensor[]) =>
  layer({
    kind: 'product',
    build: ({ parameter }) => gradients.forEach(({ shape }, i) => parameter(`p${i}`, shape, zeros())),
    call([x], { parameter }) {
      let begin = 0;
      return gradients
        .map(({ data: { length } }, i): Tensor => {
          const part = x!.slice([0, begin], [x!.shape[0]!, length]);
          begin += length;
          return part.matmul(parameter(`p${i}`).reshape([length, 1]));
        })
        .reduce((sum, term) => sum.add(term));
    },
  });

/** From zeros, one step at rate 1 leaves the clipped gradients with their signs turned. */
async function checkClipped(reference: GoldenCase<ClippingAttributes>, clipping: Clipping): Promise<void> {
  const { name, inputs, outputs, tol } = reference;
  const gradients = numbered(inputs, 'g');
  const flat = Float32Array.from(gradients.flatMap(({ data }) => data));
  const model = sequential([product(gradients)]);
  model.compile({ optimizer: sgd({ learningRate: 1, ...clipping }), loss: (_, output) => output });
  await model.fit({ data: flat, shape: [1, flat.length] }, new Float32Array(1));
  const moved = model.parameters();
  gradients.forEach((_, i) => {
    const clipped = moved[`product_1/p${i}`]!.map((value) => -value);
    assertClose(`${name} outputs.clipped${i}`, { data: clipped }, tensorOf(outputs, `clipped${i}`), tol);
  });
  model.dispose();
}

const normsOf = (vectors: readonly (readonly number[])[]): number[] =>
  vectors.map((data) => {
    const { outputs } = evaluateGraph({ data: { shape: [data.length], data } }, (leaves) => ({
      norm: leaves.data!.sumOfSquares().sqrt(),
    }));
    return outputs.norm!.data[0]!;
  });

const clipByValue: Runner<ClippingAttributes> = (reference) =>
  checkClipped(reference, { clipValue: reference.attrs.clip });

const clipByNorm: Runner<ClippingAttributes> = async (reference) => {
  const { name, attrs, inputs, outputs, tol } = reference;
  await checkClipped(reference, { clipNorm: attrs.clip });
  const norms = normsOf(numbered(inputs, 'g').map(({ data }) => data));
  assertClose(`${name} outputs.norms`, { data: norms }, tensorOf(outputs, 'norms'), tol);
};

const clipByGlobalNorm: Runner<ClippingAttributes> = async (reference) => {
  const { name, attrs, inputs, outputs, tol } = reference;
  await checkClipped(reference, { globalClipNorm: attrs.clip });
  const norms = normsOf([numbered(inputs, 'g').flatMap(({ data }) => data)]);
  assertClose(`${name} outputs.globalNorm`, { data: norms }, tensorOf(outputs, 'globalNorm'), tol);
};

/** Gradients at rate 1 lead from each of the given weights to the next. */
const averages =
  (biasCorrection: boolean): Runner<ClippingAttributes> =>
  ({ name, attrs, inputs, outputs, tol }) => {
    const weights = tensorOf(inputs, 'weights');
    const length = weights.shape[1]!;
    const initial = biasCorrection ? Array<number>(length).fill(0) : tensorOf(inputs, 'initial').data;
    const optimizer = ema(sgd({ learningRate: 1 }), { decay: attrs.decay!, biasCorrection });
    const run = new OptimizerRun(optimizer, initial);
    const found: Record<'average' | 'uncorrected', number[]> = { average: [], uncorrected: [] };
    for (let step = 0; step < weights.shape[0]!; step++) {
      const target = weights.data.slice(step * length, (step + 1) * length);
      run.update([...run.view('weights')].map((value, i) => value - target[i]!));
      const state = [...run.view(optimizer.averages!.state)];
      found.uncorrected.push(...state);
      found.average.push(...state.map((value) => value * optimizer.averages!.scale(step + 1)!));
    }
    run.dispose();
    for (const output of Object.keys(outputs) as (keyof typeof found)[]) {
      assertClose(`${name} outputs.${output}`, { data: found[output] }, tensorOf(outputs, output), tol);
    }
  };

export const family = goldenFamily<ClippingAttributes>(
  'clippingEma',
  {
    clipByValue,
    clipByNorm,
    clipByGlobalNorm,
    'emaWeights corrected': averages(true),
    'emaWeights initCopy': averages(false),
  },
  ({ op, biasCorrection }) => (op === 'emaWeights' ? `${op} ${biasCorrection ? 'corrected' : 'initCopy'}` : op),
);
