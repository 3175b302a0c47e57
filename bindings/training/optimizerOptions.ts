import type { Optimizer } from '../optimizers/optimizer.js';

/** The options of an optimiser that its instructions depend on, as text: all but the rate, which a step is fed. */
export const fixedOptions = ({ config }: Optimizer): string =>
  JSON.stringify(config, (key, value: unknown) => {
    if (key === 'learningRate') return undefined;
    if (value instanceof RegExp) return String(value);
    return typeof value === 'function' ? 'a function' : value;
  });
