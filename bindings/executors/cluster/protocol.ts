// What coordinators and workers say to each other through Redis. Both ends read it here. See docs/decisions/0023-bullmq.md.

import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { Redis } from 'ioredis';
import { OptionError, reasonOf, RuntimeError } from '../../runtime/errors.js';
import { describeValue, isObject } from '../../runtime/suggest.js';
import type { Answer, Outcome } from '../wire.js';

/** Of the messages below: both ends must speak the same. */
export const PROTOCOL = 1;

export const DEFAULT_QUEUE = 'wasmgrad';
export const JOB_NAME = 'task';

/** One task, as it lies in the queue. Values are `pack`ed. */
export interface QueuedTask {
  protocol: number;
  /** Whose it is: tasks of a coordinator that is gone are not run. */
  coordinator: string;
  /** The module's path below `root`, by which each machine has the same project. */
  module: string;
  name: string;
  seed: number;
  payload: string;
  extra: string;
  /** SHA-256 of the data that it is given; empty without. */
  data: string;
}

/** One report, as progress of the job. */
export interface QueuedReport {
  /** Which try of the task: it waits for answers under this name. */
  attempt: string;
  /** Number of the report within the task. */
  index: number;
  progress: string;
}

/** What a job comes to: an outcome, or nothing, where the worker took the coordinator for dead. One that lives has it run again. */
export type QueuedOutcome = Outcome | { gone: true };

/** The answer to a report, by the report's number. */
export type QueuedAnswer = Answer & { index: number };

/** Keys beside those of BullMQ. */
export const keysOf = (queue: string) => ({
  data: (sha256: string): string => `${queue}:data:${sha256}`,
  /** There as long as the coordinator lives. */
  coordinator: (id: string): string => `${queue}:coordinator:${id}`,
  /** There once a task is no longer wanted. */
  aborted: (jobId: string): string => `${queue}:aborted:${jobId}`,
  /** List of answers to the reports of one try. */
  answers: (attempt: string): string => `${queue}:answers:${attempt}`,
});

/** Seconds for which keys outlive those who made them. */
export const KEPT_SECONDS = 3600;

/** A value as text. Typed arrays, numbers that are not finite, maps and dates stay what they are. */
export function pack(where: string, value: unknown): string {
  return packBytes(where, value).toString('base64');
}

export function packBytes(where: string, value: unknown): Buffer {
  try {
    return serialize(value);
  } catch (cause) {
    throw new OptionError(`${where}: payload, data and result must be plain values and arrays: ${reasonOf(cause)}`);
  }
}

export const unpack = (text: string): unknown => unpackBytes(Buffer.from(text, 'base64'));

export function unpackBytes(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes);
  } catch (cause) {
    throw new RuntimeError(`bullmq: what came from Redis can't be read: ${reasonOf(cause)}`, { cause });
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const TEXTS = ['coordinator', 'module', 'name', 'payload', 'extra', 'data'] as const;

/** Throws unless a job holds a task of this protocol. */
export function checkTask(job: unknown): QueuedTask {
  if (isObject(job) && job.protocol !== PROTOCOL) {
    throw new RuntimeError(
      `bullmq: the task speaks protocol ${describeValue(job.protocol)}, this worker ${PROTOCOL}. Install the same version of wasmgrad on both.`,
    );
  }
  if (isObject(job) && TEXTS.every((field) => typeof job[field] === 'string') && Number.isInteger(job.seed)) {
    return job as unknown as QueuedTask;
  }
  throw new RuntimeError(`bullmq: a job holds no task: ${describeValue(job)}. Give the queue to wasmgrad alone.`);
}

const isWireError = (value: unknown): boolean =>
  isObject(value) && typeof value.name === 'string' && typeof value.message === 'string';

/** What is packed in a text. Throws unless it has one of the fields, and of errors those of a WireError. */
function unpackAs<T>(what: string, text: unknown, fields: readonly string[]): T {
  const value = typeof text === 'string' ? unpack(text) : text;
  const field = isObject(value) ? fields.find((name) => name in value) : undefined;
  if (field !== undefined && (field !== 'error' || isWireError((value as { error: unknown }).error))) return value as T;
  throw new RuntimeError(`bullmq: expected ${what} from Redis, got ${describeValue(value)}.`);
}

export const unpackOutcome = (text: unknown): QueuedOutcome =>
  unpackAs('the result of a task', text, ['error', 'value', 'gone']);

export const unpackAnswer = (text: unknown): QueuedAnswer =>
  unpackAs('an answer to a report', text, ['error', 'answer']);

/** Whether the progress of a job is a report of a task. */
export const isReport = (value: unknown): value is QueuedReport =>
  isObject(value) &&
  typeof value.attempt === 'string' &&
  Number.isInteger(value.index) &&
  typeof value.progress === 'string';

/** Throws unless BullMQ takes the name. */
export function checkQueue(where: string, queue: unknown): void {
  if (typeof queue === 'string' && queue !== '' && !queue.includes(':')) return;
  throw new OptionError(`${where}: queue must be a name without ':', got ${describeValue(queue)}.`);
}

/** A connection that waits out a server that is away. Throws if there is none to begin with. */
export async function connect(where: string, url: unknown): Promise<Redis> {
  if (typeof url !== 'string' || !/^rediss?:\/\//.test(url)) {
    const got = typeof url === 'string' ? 'another text' : describeValue(url);
    throw new OptionError(`${where}: redis must be an address such as 'redis://127.0.0.1:6379', got ${got}.`);
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    // BullMQ asks for this of connections that block; for others it means that commands wait for the server.
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(50 * tries, 1000),
  });
  let fault: unknown;
  redis.on('error', (error) => (fault = error));
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    // Not the address itself: it may hold a password.
    const { host } = new URL(url);
    throw new RuntimeError(
      `${where}: no Redis answers at ${host}: ${reasonOf(fault ?? cause)} Start redis-server, or give another address.`,
      { cause },
    );
  }
  return redis;
}
