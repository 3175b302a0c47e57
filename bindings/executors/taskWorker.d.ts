import type { TaskFunction } from './executor.js';
import type { TaskMessage } from './pooled.js';
import type { Outcome } from './wire.js';

export default function runTask(
  task: TaskMessage & { port: unknown },
  exposed?: Readonly<Record<string, TaskFunction>>,
): Promise<Outcome>;
