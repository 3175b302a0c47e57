// What a program and the worker of its models tell each other. Either end asks the other: the program asks for what models do, the
// worker asks for what stays with the program, such as callbacks and streams.

import type { Shape } from '../graph/shape.js';
import type { NamedConfig } from '../runtime/named.js';

/** Raised when an end of the version before would misunderstand. */
export const PROTOCOL = 1;

/** An error, or whatever else was thrown, as a message has it. */
export interface WireError {
  /** It is the receiver's own, which it keeps under this number. */
  yours?: number;
  /** The number under which the sender keeps it. */
  mine?: number;
  name?: string;
  message?: string;
  stack?: string | undefined;
  isDomException?: boolean;
  /** Its own plain members: `code`, `offset` ... */
  fields?: Readonly<Record<string, unknown>>;
  cause?: WireError;
  /** What is no error. */
  value?: unknown;
}

/** Tells the messages of this library, and of this version, from all others. */
interface Tagged {
  wasmgrad: number;
}

export interface AskMessage extends Tagged {
  ask: number;
  request: unknown;
}

export interface AnswerMessage extends Tagged {
  answer: number;
  value?: unknown;
  error?: WireError;
}

/** What needs no answer. */
export type Note =
  | { about: 'hello' }
  | { about: 'ready'; version: string }
  | { about: 'abort'; call: number; reason: WireError }
  | { about: 'stop'; call: number };

export interface NoteMessage extends Tagged {
  note: Note;
}

export type Message = AskMessage | AnswerMessage | NoteMessage;

/** A function of the program, which the worker calls by its number in the call. */
export interface FunctionReference {
  $function: number;
}

/** Asks the worker. */
export interface HostRequest {
  method: string;
  /** The number of the model in the worker. */
  model: number;
  given: readonly unknown[];
}

/** Asks the program. */
export interface FunctionRequest {
  /** The call, by the number of its question. */
  call: number;
  function: number;
  given: readonly unknown[];
}

/** A batch of a stream is asked for like this. */
export type StreamAction = 'open' | 'next' | 'close';

/** Data of `fit`, `evaluate` or `predict`: arrays, or a stream that stays with the program. */
export type SentData = { data: unknown } | { stream: FunctionReference };

/** A callback of the program, or how the worker makes one of its own. */
export type SentCallback =
  | {
      name: string | undefined;
      methods: Readonly<Record<string, FunctionReference>>;
      loadState: FunctionReference | undefined;
      hasState: boolean;
      state: unknown;
    }
  | {
      make: NamedConfig;
      /** What it knows of earlier runs. */
      state: unknown;
      /** Takes over its state when training has ended. */
      mirror: FunctionReference | undefined;
    };

/** What a callback of the program answers. */
export interface CallbackAnswer {
  value: unknown;
  state: unknown;
}

export interface SentPrediction {
  data: Float32Array;
  shape: Shape;
  standardDeviation?: Float32Array;
  samples?: number;
}
