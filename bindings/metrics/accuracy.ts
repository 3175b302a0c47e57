import type { Tensor } from '../graph/tensor.js';
import { meanMetric, type Metric } from './metric.js';

/** Share of samples whose largest output is the class. Shapes: yTrue [batch, ...] int32, yPred [batch, ..., classes]. */
export const sparseCategoricalAccuracy = (): Metric =>
  meanMetric('accuracy', (yTrue, yPred) => yPred.argMax().toFloat().equal(yTrue.toFloat()));

/** Share of samples whose largest output is that of the label. Shapes: both [batch, ..., classes]. */
export const categoricalAccuracy = (): Metric =>
  meanMetric('accuracy', (yTrue, yPred) => yPred.argMax().toFloat().equal(yTrue.argMax().toFloat()));

/** Share of values on the right side of `threshold` (0 for logits, 0.5 for probabilities). Shapes: both [batch, ...]. */
export const binaryAccuracy = (threshold = 0.5): Metric =>
  meanMetric('accuracy', (yTrue: Tensor, yPred: Tensor) => yPred.greater(threshold).equal(yTrue.greater(0.5)));
