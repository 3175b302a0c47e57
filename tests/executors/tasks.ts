// A worker's script of one's own, with a task in it.

import { exposeTasks } from '../../bindings/executors/webTaskWorker.js';
import { objective } from './objective.js';

exposeTasks({ objective });
