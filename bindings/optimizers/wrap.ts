// Optimisers around optimisers: more states, more hyper-parameters, and something done before or after each update.

import type { Tensor } from '../graph/tensor.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import type { Averages, Optimizer, UpdateContext } from './optimizer.js';
import { hyperFrom, scalarsOf, set } from './trace.js';

/** What a wrapper's own traces are given: its hyper-parameters one by one, and its states. */
export interface WrapperContext {
  weights: Tensor;
  scalars: readonly Tensor[];
  states: readonly Tensor[];
}

export interface Wrapper {
  /** States of its own, beside those of the optimiser within. */
  states: readonly string[];
  hyper(t: number): readonly number[];
  /** Traced around the update of the optimiser within, and when weights are final. */
  before?(context: WrapperContext): void;
  after?(context: WrapperContext): void;
  finish?(context: WrapperContext): void;
  averages?: Averages;
  /** True: `finish` is average = first scalar * average + second scalar * weights, with the first state. */
  isAverage?: boolean;
}

/** Checks what every wrapper is given. */
export function checkWrapped(where: string, optimizer: Optimizer, options: object, known: readonly string[]): void {
  if (typeof optimizer?.update !== 'function') {
    throw new OptionError(`${where}: the first argument must be an optimizer, got ${describeValue(optimizer)}.`);
  }
  checkOptions(where, options, known);
}

export function wrapOptimizer(name: string, inner: Optimizer, options: object, wrapper: Wrapper): Optimizer {
  if (inner.averages && wrapper.averages) {
    throw new OptionError(`${name}: ${inner.name} averages the weights already. Take one of the two.`);
  }
  const taken = wrapper.states.find((state) => inner.states.includes(state));
  if (taken !== undefined) throw new OptionError(`${name}: ${inner.name} has a state '${taken}' already.`);
  const width = inner.hyper(1, 0).length;
  const ownWidth = wrapper.hyper(1).length;
  const innerContext = (context: UpdateContext): UpdateContext => ({
    ...context,
    hyper: hyperFrom(context.hyper, 0, width),
    states: context.states.slice(0, inner.states.length),
    isFinal: context.isFinal === true && !wrapper.after,
  });
  /** Whether the optimiser within moves the average along with the weights. */
  const isFused = (context: UpdateContext) =>
    wrapper.isAverage === true && inner.canAverage === true && context.isFinal === true;
  const averageFor = ({ hyper, states }: UpdateContext) => ({
    average: { state: states[inner.states.length]!, shares: hyperFrom(hyper, width, 2) },
  });
  const ownContext = ({ weights, hyper, states }: UpdateContext): WrapperContext => ({
    weights,
    scalars: scalarsOf(hyperFrom(hyper, width, ownWidth)),
    states: states.slice(inner.states.length),
  });
  return {
    ...inner,
    canAverage: false,
    name,
    config: { optimizer: inner, ...options },
    states: [...inner.states, ...wrapper.states],
    hyper: (t, rate) => [...inner.hyper(t, rate), ...wrapper.hyper(t)],
    update(context) {
      wrapper.before?.(ownContext(context));
      inner.update({ ...innerContext(context), ...(isFused(context) && averageFor(context)) });
      wrapper.after?.(ownContext(context));
    },
    finish(context) {
      inner.finish?.(innerContext(context));
      if (!isFused(context)) wrapper.finish?.(ownContext(context));
    },
    groups: inner.groups.map((group) => ({
      ...group,
      optimizer: wrapOptimizer(name, group.optimizer, options, wrapper),
    })),
    ...(wrapper.averages && { averages: wrapper.averages }),
  };
}

/** 1 at the first update: when a state that begins as a copy of the weights takes them. */
export const isFirst = (t: number): number => Number(t === 1);

/** Before the first update, copies the weights to a state. */
export const copyAtFirst = (state: Tensor, first: Tensor, weights: Tensor): Tensor =>
  set(state, first.where(weights, state));
