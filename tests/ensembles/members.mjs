// members.ts for workers, which load JavaScript.

import { register } from 'tsx/esm/api';

register();
export const { tree, net, regressor, gained, failing, nothing, endless, other, own } = await import('./members.ts');
