// The averages that an optimiser keeps of the weights: used for a while, or for good.

import { StateError } from '../runtime/errors.js';
import { optimizerStateRegion, PARAMETERS, type ParameterStore } from './parameters.js';
import type { Training } from './training.js';

/** Copies the averages over the weights. Throws a StateError if there are none. */
export function takeAverages(where: string, store: ParameterStore, { optimizer, updates }: TrainedBy): void {
  const { averages } = optimizer;
  if (!averages) {
    throw new StateError(`${where}: ${optimizer.name} keeps no averages. Compile with ema(...) or swa(...) around it.`);
  }
  const scale = averages.scale(updates);
  if (scale === undefined) {
    throw new StateError(`${where}: nothing is averaged yet after ${updates} update(s). Train on first.`);
  }
  const weights = store.views(PARAMETERS);
  for (const [path, average] of Object.entries(store.views(optimizerStateRegion(averages.state)))) {
    average.forEach((value, i) => (weights[path]![i] = value * scale));
  }
}

interface TrainedBy {
  optimizer: Training['optimizer'];
  /** Updates that it has made. */
  updates: number;
}

/** Runs `body` with the averages in place of the weights, which come back afterwards, whatever happens. */
export async function withAverages<T>(
  where: string,
  store: ParameterStore,
  trained: TrainedBy,
  body: () => Promise<T> | T,
): Promise<T> {
  const saved = Object.entries(store.views(PARAMETERS)).map(([path, values]) => [path, values.slice()] as const);
  takeAverages(where, store, trained);
  try {
    return await body();
  } finally {
    const weights = store.views(PARAMETERS);
    for (const [path, values] of saved) weights[path]!.set(values);
  }
}
