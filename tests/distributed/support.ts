import { dense, sequential, sgd, type CompileOptions, type Layer, type Model } from '../../bindings/index.js';
import type { Executor } from '../../bindings/distributed/index.js';
import { inline } from '../../bindings/executors/inline.js';
import { compiledOf, partsOf } from '../../bindings/model/model.js';
import { optimizerStateRegion } from '../../bindings/model/parameters.js';
import { drawSamples } from '../model/support.js';

export const FEATURES = 5;
export const samples = (count: number) => drawSamples(count, FEATURES, 1, 3);

/** A small net, the same each time. */
export function makeModel(
  optimizer: CompileOptions['optimizer'] = sgd({ learningRate: 0.05 }),
  between: readonly Layer[] = [],
): Model {
  const model = sequential([dense(7, { activation: 'tanh', inputShape: [FEATURES] }), ...between, dense(1)], {
    seed: 11,
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

/** Parameters of a model, as one list. */
export const weightsOf = (model: Model): number[] => Object.values(model.parameters()).flatMap((view) => [...view]);

/** The slots of its optimiser, by name. */
export function slotsOf(model: Model): Record<string, number[]> {
  const { store } = partsOf(model, 'test');
  return Object.fromEntries(
    compiledOf(model, 'test').training.states.map((name) => [name, [...store.flat(optimizerStateRegion(name))]]),
  );
}

/** Runs tasks of a round so that the last given is the first done. `size` tasks make a round. */
export function reversed(size: number): Executor {
  const inner = inline();
  let waiting: (() => Promise<void>)[] = [];
  return {
    ...inner,
    concurrency: size,
    run: (task, options) =>
      new Promise((resolve, reject) => {
        waiting.push(() => inner.run(task, options).then(resolve, reject));
        if (waiting.length < size) return;
        const round = waiting.reverse();
        waiting = [];
        void round.reduce((before, next) => before.then(next), Promise.resolve());
      }),
  };
}

export const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
