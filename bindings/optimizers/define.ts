// Makes an optimiser of its options: checks them, fills in defaults, and adds what all optimisers have in common.

import { OptionError } from '../runtime/errors.js';
import { checkFlag, checkNumber, checkOptions, describeValue, type NumberRange } from '../runtime/suggest.js';
import type { Schedule } from '../schedules/schedule.js';
import type {
  Clipping,
  GradientNoise,
  Optimizer,
  OptimizerOptions,
  ParameterGroup,
  ResolvedGroup,
  UpdateRule,
} from './optimizer.js';

/** What an option must be: a number in a range, one of some words, true or false, or a number that may change by the step. */
export type OptionCheck = NumberRange | readonly string[] | 'flag' | { schedule: NumberRange };

const CLIPPING = ['clipValue', 'clipNorm', 'globalClipNorm'] as const;
const COMMON_OPTIONS = ['learningRate', ...CLIPPING, 'gradientNoise', 'groups'];
const GROUP_OPTIONS = ['match', 'learningRateFactor', 'weightDecay', 'clipValue', 'clipNorm'];

/** Shares that are kept: betas and momenta. */
export const SHARE: NumberRange = { minimum: 0, below: 1 };
export const EPSILON: NumberRange = { above: 0 };
export const DECAY: NumberRange = { minimum: 0 };

export const checkLearningRate = (where: string, rate: number): number =>
  checkNumber(where, 'learningRate', rate, { minimum: 0 });

/**
 * @param defaults The method's own options and the learning rate, with their defaults.
 * @param checks What the method's own options must be.
 */
export function defineOptimizer<D extends { learningRate: number }>(
  name: string,
  options: OptimizerOptions,
  defaults: D,
  checks: Readonly<Record<string, OptionCheck>>,
  makeRule: (settings: D) => UpdateRule,
): Optimizer {
  checkOptions(name, options, [...COMMON_OPTIONS, ...Object.keys(checks)]);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { gradientNoise, groups = [], ...own } = given as OptimizerOptions;
  const settings = { ...defaults, ...own } as D & Clipping;
  for (const [option, check] of Object.entries(checks)) checkOption(name, option, settings[option as keyof D], check);
  const remade = (changes: object) => defineOptimizer(name, { ...own, ...changes }, defaults, checks, makeRule);
  return {
    ...makeRule(settings),
    name,
    config: {
      ...settings,
      ...(gradientNoise && { gradientNoise }),
      ...(groups.length > 0 && { groups }),
    },
    learningRate: checkRate(name, settings.learningRate),
    clipping: checkClipping(name, settings),
    gradientNoise: gradientNoise && checkNoise(name, gradientNoise),
    groups: checkGroups(name, groups).map((group) => resolveGroup(group, remade)),
  };
}

function checkOption(where: string, option: string, value: unknown, check: OptionCheck): void {
  if (check === 'flag') {
    checkFlag(where, option, value);
  } else if (Array.isArray(check)) {
    if (!check.includes(value)) {
      throw new OptionError(`${where}: ${option} must be one of ${check.join(', ')}, got ${describeValue(value)}.`);
    }
  } else if ('schedule' in check) {
    if (typeof value !== 'function') checkNumber(where, option, value, check.schedule);
  } else checkNumber(where, option, value, check as NumberRange);
}

function checkRate(where: string, rate: unknown): number | Schedule {
  if (typeof rate === 'function') return rate as Schedule;
  if (typeof rate === 'number') return checkLearningRate(where, rate);
  throw new OptionError(
    `${where}: learningRate must be a number or a function of the step, got ${describeValue(rate)}.`,
  );
}

function checkClipping(where: string, settings: Clipping): Clipping {
  const present = CLIPPING.filter((option) => settings[option] !== undefined);
  for (const option of present) checkNumber(where, option, settings[option], { above: 0 });
  if (present.length > 1) throw new OptionError(`${where}: give one of ${present.join(' and ')}, not both.`);
  return Object.fromEntries(present.map((option) => [option, settings[option]]));
}

function checkNoise(where: string, noise: GradientNoise): Required<GradientNoise> {
  const at = `${where}: gradientNoise`;
  checkOptions(at, noise, ['stddev', 'decay']);
  const stddev = checkNumber(at, 'stddev', noise.stddev, { minimum: 0 });
  return { stddev, decay: checkNumber(at, 'decay', noise.decay ?? 0.55, { minimum: 0 }) };
}

function checkGroups(where: string, groups: unknown): readonly ParameterGroup[] {
  if (!Array.isArray(groups)) {
    throw new OptionError(`${where}: groups must be an array of { match, ... }, got ${describeValue(groups)}.`);
  }
  for (const [i, group] of (groups as ParameterGroup[]).entries()) {
    const at = `${where}: groups[${i}]`;
    checkOptions(at, group, GROUP_OPTIONS);
    if (!(group.match instanceof RegExp) && typeof group.match !== 'function') {
      throw new OptionError(
        `${at}: match must be a RegExp or a function of the path, got ${describeValue(group.match)}.`,
      );
    }
    checkNumber(at, 'learningRateFactor', group.learningRateFactor ?? 1, { minimum: 0 });
  }
  return groups as ParameterGroup[];
}

function resolveGroup(group: ParameterGroup, remade: (changes: object) => Optimizer): ResolvedGroup {
  const { match, learningRateFactor = 1, ...changes } = group;
  return {
    // A global or sticky expression remembers where it stopped: `search` does not.
    matches: match instanceof RegExp ? (path) => path.search(match) >= 0 : (path) => match(path),
    learningRateFactor,
    optimizer: remade(changes),
  };
}
