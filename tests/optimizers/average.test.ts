// A moving average of the weights goes along with the update where it can, with the bits of a pass of its own.

import { expect, test } from 'vitest';
import { adam, adamw, ema, lookahead, rmsprop, sgd, type Optimizer } from '../../bindings/index.js';
import { OptimizerRun } from '../support/optimizerRun.js';

const INITIAL = Array.from({ length: 37 }, (_, i) => Math.fround((i - 18) / 7));

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => sgd(),
  'sgd with momentum': () => sgd({ momentum: 0.9, nesterov: true }),
  adam: () => adam(),
  'adam, amsgrad': () => adam({ amsgrad: true }),
  adamw: () => adamw({ weightDecay: 0.1 }),
  rmsprop: () => rmsprop({ centered: true, momentum: 0.5 }),
};

/** Weights and average after some updates. */
function train(optimizer: Optimizer, isFinal: boolean) {
  const run = new OptimizerRun(optimizer, INITIAL, isFinal);
  for (let update = 0; update < 5; update++) run.update(INITIAL.map((value) => Math.fround(value * (update - 1.5))));
  const result = { weights: run.view('weights').slice(), average: run.view('average').slice() };
  const { instructionCount } = run;
  run.dispose();
  return { ...result, instructionCount };
}

test.each(Object.entries(OPTIMIZERS))('%s', (_, make) => {
  const apart = train(ema(make(), { decay: 0.9 }), false);
  const along = train(ema(make(), { decay: 0.9 }), true);
  expect(along.weights).toEqual(apart.weights);
  expect(along.average).toEqual(apart.average);
  expect(along.instructionCount).toBe(1);
  expect(apart.instructionCount).toBe(2);
});

test('not before an optimiser around the first has changed the weights', () => {
  const make = () => ema(lookahead(sgd(), { k: 2 }), { decay: 0.9 });
  expect(train(make(), true).average).toEqual(train(make(), false).average);
  const around = () => lookahead(ema(sgd(), { decay: 0.9 }), { k: 2 });
  const [along, apart] = [train(around(), true), train(around(), false)];
  expect(along).toEqual(apart);
});
