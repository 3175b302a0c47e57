import { OptionError } from '../runtime/errors.js';
import { checkFlag, describeValue } from '../runtime/suggest.js';
import { checkNumbers, COUNT, NOT_NEGATIVE, POSITIVE } from './checks.js';
import { cosineBetween } from './cosineDecay.js';
import { makeSchedule, type Schedule } from './schedule.js';

/** The course of the cycle, shared by the rate and the momentum. */
export interface OneCycleCourse {
  /** Steps of the whole cycle. */
  steps: number;
  /** Share of the steps in which the rate grows; 0.3 by default. */
  warmupShare?: number;
  /** `cosine` by default. */
  anneal?: 'cosine' | 'linear';
  /** Three phases: up, as far down as it began, and on to the end. Two by default. */
  threePhase?: boolean;
}

export interface OneCycleOptions extends OneCycleCourse {
  /** Largest rate. */
  maximum: number;
  /** The first rate is maximum / divisor; 25 by default. */
  divisor?: number;
  /** The last rate is the first one / finalDivisor; 10^4 by default. */
  finalDivisor?: number;
}

export interface OneCycleMomentumOptions extends OneCycleCourse {
  /** Momentum where the rate is largest; 0.85 by default. */
  minimum?: number;
  /** Momentum at the start and at the end; 0.95 by default. */
  maximum?: number;
}

const COURSE = { warmupShare: 0.3, anneal: 'cosine', threePhase: false } as const;
const COURSE_RANGES = { steps: COUNT, warmupShare: { above: 0, below: 1 } };
const COURSE_FLAGS = ['anneal', 'threePhase'];

/** Values at the corners of the phases, in order. */
function alongCourse(where: string, course: Required<OneCycleCourse>, corners: readonly number[]) {
  const { steps, warmupShare, anneal, threePhase } = course;
  if (anneal !== 'cosine' && anneal !== 'linear') {
    throw new OptionError(`${where}: anneal must be 'cosine' or 'linear', got ${describeValue(anneal)}.`);
  }
  checkFlag(where, 'threePhase', threePhase);
  const up = warmupShare * steps - 1;
  const ends = threePhase ? [0, up, 2 * up, steps - 1] : [0, up, steps - 1];
  if (ends.some((end, i) => i > 0 && end <= ends[i - 1]!)) {
    throw new OptionError(
      `${where}: ${steps} steps with warmupShare ${warmupShare} leave a phase without a step. Take more steps, or another share.`,
    );
  }
  return (step: number): number => {
    const at = Math.min(step, steps - 1);
    const phase = ends.findIndex((end, i) => i > 0 && at <= end);
    const progress = (at - ends[phase - 1]!) / (ends[phase]! - ends[phase - 1]!);
    const [start, end] = [corners[phase - 1]!, corners[phase]!];
    return anneal === 'cosine' ? cosineBetween(start, end, progress) : start + (end - start) * progress;
  };
}

/**
 * One cycle: from maximum / divisor up to maximum in the first `warmupShare` of the steps, then down to the first rate /
 * finalDivisor, where it stays. Smith & Topin 2018; the phases end where those of PyTorch's OneCycleLR do.
 *
 * @example
 * const course = { steps: 1000 };
 * sgd({ learningRate: oneCycle({ maximum: 0.1, ...course }), momentum: oneCycleMomentum(course) });
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const config = { ...COURSE, divisor: 25, finalDivisor: 1e4, ...options };
  const ranges = { ...COURSE_RANGES, maximum: NOT_NEGATIVE, divisor: POSITIVE, finalDivisor: POSITIVE };
  checkNumbers('oneCycle', config, ranges, COURSE_FLAGS);
  const first = config.maximum / config.divisor;
  const corners = [first, config.maximum, ...(config.threePhase ? [first] : []), first / config.finalDivisor];
  return makeSchedule('oneCycle', config, alongCourse('oneCycle', config, corners));
}

/** The momentum that goes with `oneCycle`: lowest where the rate is highest. */
export function oneCycleMomentum(options: OneCycleMomentumOptions): Schedule {
  const config = { ...COURSE, minimum: 0.85, maximum: 0.95, ...options };
  const share = { minimum: 0, below: 1 };
  checkNumbers('oneCycleMomentum', config, { ...COURSE_RANGES, minimum: share, maximum: share }, COURSE_FLAGS);
  const { minimum, maximum, threePhase } = config;
  const corners = [maximum, minimum, maximum, ...(threePhase ? [maximum] : [])];
  return makeSchedule('oneCycleMomentum', config, alongCourse('oneCycleMomentum', config, corners));
}
