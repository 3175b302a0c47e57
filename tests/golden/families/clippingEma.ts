// Clipping of gradients against its references, as a training step does it.

import { layer, sequential, sgd, zeros, type Tensor } from '../../../bindings/index.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { assertClose, numbered, tensorOf, type FixtureTensor } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface ClippingAttributes {
  op: string;
  clip?: number;
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
const clipByGlobalNorm: Runner<ClippingAttributes> = async ({ name, attrs, inputs, outputs, tol }) => {
  const gradients = numbered(inputs, 'g');
  const flat = Float32Array.from(gradients.flatMap(({ data }) => data));
  const model = sequential([product(gradients)]);
  model.compile({ optimizer: sgd({ learningRate: 1, globalClipNorm: attrs.clip }), loss: (_, output) => output });
  await model.fit({ data: flat, shape: [1, flat.length] }, new Float32Array(1));
  const moved = model.parameters();
  gradients.forEach((_, i) => {
    const clipped = moved[`product_1/p${i}`]!.map((value) => -value);
    assertClose(`${name} outputs.clipped${i}`, { data: clipped }, tensorOf(outputs, `clipped${i}`), tol);
  });
  model.dispose();
  const { outputs: computed } = evaluateGraph({ flat: { shape: [flat.length], data: flat } }, (leaves) => ({
    norm: leaves.flat!.sumOfSquares().sqrt(),
  }));
  assertClose(`${name} outputs.globalNorm`, computed.norm, tensorOf(outputs, 'globalNorm'), tol);
};

export const family = goldenFamily<ClippingAttributes>('clippingEma', { clipByGlobalNorm }, ({ op, biasCorrection }) =>
  op === 'emaWeights' ? `${op} ${biasCorrection ? 'corrected' : 'initCopy'}` : op,
);
