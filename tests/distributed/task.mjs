// The task of a member for workers, which load JavaScript.

import { register } from 'tsx/esm/api';

register();
export const { localSgdTask } = await import('../../bindings/distributed/localSgdTask.ts');
