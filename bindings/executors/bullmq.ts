// wasmgrad/bullmq: tasks on many machines, through Redis. Needs the optional peers `bullmq`, `ioredis` and `piscina`.

export { bullmq, type BullmqOptions } from './cluster/coordinator.js';
export { runWorker, type ClusterWorker, type RunWorkerOptions, type TaskEvent } from './cluster/worker.js';
export type { Executor, RunOptions, Task, TaskContext, TaskFunction, TaskReference } from './executor.js';
