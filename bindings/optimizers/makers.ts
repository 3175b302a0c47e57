// The optimisers, for the entries that offer them.

export { adadelta, type AdadeltaOptions } from './adadelta.js';
export { adagrad, type AdagradOptions } from './adagrad.js';
export { adam, adamw, type AdamOptions, type MomentOptions } from './adam.js';
export { adamax, type AdamaxOptions } from './adamax.js';
export { ema, type EmaOptions } from './ema.js';
export { lamb, type LambOptions } from './lamb.js';
export { lion, type LionOptions } from './lion.js';
export { lookahead, type LookaheadOptions } from './lookahead.js';
export { nadam, type NadamOptions } from './nadam.js';
export type {
  Clipping,
  GradientNoise,
  Optimizer,
  OptimizerOptions,
  ParameterGroup,
  UpdateContext,
  UpdateRule,
} from './optimizer.js';
export { radam, type RadamOptions } from './radam.js';
export { rmsprop, type RmspropOptions } from './rmsprop.js';
export { sgd, type SgdOptions } from './sgd.js';
export { swa, type SwaOptions } from './swa.js';
