// objective.ts for workers, which load JavaScript.

import { register } from 'tsx/esm/api';

register();
export const { objective } = await import('./objective.ts');
