// An objective that trains, the same in a page and in its workers.

import { dense, dropout, sequential, sgd } from '../../bindings/index.js';
import { RandomSequence } from '../../bindings/runtime/random.js';
import { integer, logUniform, type ParamsOf, type TrialContext } from '../../bindings/selection/index.js';

export const SPACE = { rate: logUniform(1e-3, 0.2), width: integer(2, 6) };

export function drawSamples() {
  const random = new RandomSequence(5);
  const x = Float32Array.from({ length: 40 * 4 }, () => random.uniform() - 0.5);
  return { x, y: Float32Array.from({ length: 40 }, (_, i) => x[4 * i]! * x[4 * i + 1]!) };
}

export type Samples = ReturnType<typeof drawSamples>;

export async function objective(
  { rate, width }: ParamsOf<typeof SPACE>,
  context: TrialContext<Samples>,
): Promise<number> {
  const { seed, data, report } = context;
  using net = sequential([dense(width, { activation: 'tanh', inputShape: [4] }), dropout(0.2), dense(1)], { seed });
  net.compile({ optimizer: sgd({ learningRate: rate }), loss: 'meanSquaredError' });
  const { history } = await net.fit({ data: data.x, shape: [40, 4] }, data.y, { epochs: 3, batchSize: 8 });
  for (const loss of history.loss!) await report(loss);
  return history.loss!.at(-1)!;
}
