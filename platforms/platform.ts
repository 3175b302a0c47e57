// What a runtime is to the driver: something that may be on this machine, can often be had, and trains programs.

import type { HostVersion, Outcome, Task } from './outcome.js';
import type { Need } from './install.js';

export type Engine = 'V8' | 'JavaScriptCore' | 'SpiderMonkey';

export interface Platform {
  /** `node 22`, `chromium worker` */
  name: string;
  engine: Engine;
  /** Numbers of threads to ask for, and how many of them it is to grant. */
  threads: readonly { asked: number; granted: number }[];
  /** What must be on this machine. */
  needs: readonly Need[];
  start(): Promise<Session>;
}

/** A runtime that was started. */
export interface Session {
  /** Trains a program, in a process, isolate or page that nothing ran in before. */
  run(task: Task): Promise<Outcome>;
  /** Known after the first run. */
  version(): HostVersion;
  close(): Promise<void>;
}

export const isHere = ({ needs }: Platform): boolean => needs.every((need) => need.isThere());

/** What most runtimes are asked for. */
export const ONE_AND_TWO = [1, 2].map((count) => ({ asked: count, granted: count }));
/** Without shared memory. */
export const ONE = [{ asked: 1, granted: 1 }];
