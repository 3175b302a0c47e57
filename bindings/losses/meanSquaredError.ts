import type { Loss } from './loss.js';

/**
 * Mean squared error: the mean over a sample's values of (yPred - yTrue)^2. Shapes: both [batch, ...].
 *
 * @example model.compile({ optimizer: 'adam', loss: meanSquaredError() })
 */
export const meanSquaredError = (): Loss => ({
  name: 'meanSquaredError',
  config: {},
  labels: 'values',
  fromLogits: false,
  perSample: (yTrue, yPred) => yPred.sub(yTrue).square().mean({ axis: -1 }),
});
