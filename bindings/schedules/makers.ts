// The schedules, for the entries that offer them.

export { cosineDecay, type CosineDecayOptions } from './cosineDecay.js';
export { cosineRestarts, type CosineRestartsOptions } from './cosineRestarts.js';
export { cyclic, type CyclicOptions } from './cyclic.js';
export { exponentialDecay, type ExponentialDecayOptions } from './exponentialDecay.js';
export { inverseSqrt, type InverseSqrtOptions } from './inverseSqrt.js';
export { inverseTimeDecay, type InverseTimeDecayOptions } from './inverseTimeDecay.js';
export {
  oneCycle,
  oneCycleMomentum,
  type OneCycleCourse,
  type OneCycleMomentumOptions,
  type OneCycleOptions,
} from './oneCycle.js';
export { perEpoch } from './perEpoch.js';
export { piecewiseConstant, type PiecewiseConstantOptions } from './piecewiseConstant.js';
export { plateau, type Plateau, type PlateauOptions, type PlateauState } from './plateau.js';
export { polynomialDecay, type PolynomialDecayOptions } from './polynomialDecay.js';
export type { Schedule } from './schedule.js';
export { stepDecay, type StepDecayOptions } from './stepDecay.js';
export { warmup, type WarmupOptions } from './warmup.js';
