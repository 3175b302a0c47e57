// An objective and a fold that train real nets, in a module that workers can import.

import { dense, sequential, sgd, standardScaler } from '../../bindings/index.js';
import { foldTask, nestedFoldTask, type BuildContext, type TrialContext } from '../../bindings/selection/index.js';

interface Samples {
  x: Float32Array;
  y: Float32Array;
}

export function makeNet({ seed }: Pick<BuildContext, 'seed'>, width = 3, learningRate = 0.05) {
  const net = sequential([dense(width, { activation: 'tanh', inputShape: [4] }), dense(1)], { seed });
  net.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
  return net;
}

/** Trains with reports; the value has every bit of the weights in it. */
export async function objective(
  { rate, width }: { rate: number; width: number },
  { seed, data, signal, report }: TrialContext<Samples>,
): Promise<number> {
  using net = makeNet({ seed }, width, rate);
  await net.fit(data.x, data.y, {
    epochs: 3,
    batchSize: 8,
    signal,
    callbacks: [{ onEpochEnd: async (_, { loss }) => void (await report(loss!)) }],
  });
  let hash = 0;
  for (const values of Object.values(net.parameters())) {
    for (const word of new Uint32Array(values.slice().buffer)) hash = (Math.imul(hash, 31) + word) >>> 0;
  }
  return (await net.evaluate(data.x, data.y)).loss! + hash * 2 ** -60;
}

/** As `objective`; trial 3 dies with its worker at the first try. */
export async function fragile(params: { rate: number; width: number; mark: string }, context: TrialContext<Samples>) {
  const { existsSync, writeFileSync } = await import('node:fs');
  if (context.seed % 3 === 0 && !existsSync(`${params.mark}-${context.seed}`)) {
    writeFileSync(`${params.mark}-${context.seed}`, '');
    process.exit(137);
  }
  return objective(params, context);
}

export const fold = foldTask({
  build: (context) => makeNet(context),
  preprocessing: () => standardScaler(),
  fit: { epochs: 2, batchSize: 8 },
});

/** What nested cross-validation chooses from in tests. */
export interface Setting {
  width: number;
  rate: number;
}

export const nestedFold = nestedFoldTask({
  build: ({ width, rate }: Setting, context) => makeNet(context, width, rate),
  preprocessing: () => standardScaler(),
  fit: { epochs: 2, batchSize: 8 },
});

/** Fails with its second setting. */
export const failingFold = nestedFoldTask({
  build({ width, rate }: Setting, context) {
    if (width === 4) throw new TypeError('no model today');
    return makeNet(context, width, rate);
  },
});
