// The task of a member for workers, which load JavaScript.

import { register } from 'tsx/esm/api';

register();
export const { localSgdTask } = await import('../../bindings/distributed/localSgdTask.ts');

const { localSgdTaskOf } = await import('../../bindings/distributed/localSgdTask.ts');
const { gain } = await import('../ensembles/members.ts');
/** For models with the layer `gain`. */
export const gainedTask = localSgdTaskOf({ custom: { layers: { gain } } });
