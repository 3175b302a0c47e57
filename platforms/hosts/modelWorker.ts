// A worker's script that hosts models, bundled beside the other hosts.

import { expose } from '../../bindings/worker/index.js';

expose();
