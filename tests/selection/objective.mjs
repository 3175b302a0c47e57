// objective.ts for workers, which load JavaScript.

import { register } from 'tsx/esm/api';

register();
export const { objective, fragile, fold, nestedFold, failingFold } = await import('./objective.ts');
