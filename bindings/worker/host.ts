// The worker's end: models, and what is done with them when the program asks.

import { version } from '../../package.json';
import type { Callback } from '../model/history.js';
import { Model } from '../model/model.js';
import { checkCustom, type CustomObjects } from '../model/saving/custom.js';
import { OptionError, StateError } from '../runtime/errors.js';
import { checkOptions, describeValue, isPlain } from '../runtime/suggest.js';
import { nodeModule } from '../runtime/threads.js';
import { Endpoint, type Port } from './endpoint.js';
import { HOST_METHODS } from './hostMethods.js';
import type { FunctionReference, FunctionRequest, HostRequest, Note } from './protocol.js';

/** Things of one's own that a worker can make. */
export interface ExposeOptions {
  /** Layers, losses, metrics and the like, by the names that they have in models: as `loadModel` takes them. */
  custom?: CustomObjects;
  /** Callbacks that read the model's memory, by the name that `fit({ callbacks: [{ name, config }] })` gives. */
  callbacks?: Readonly<Record<string, (config: never) => Callback>>;
}

/** What a call of the program can be told of on the way, and ask back. */
export class HostCall {
  readonly controller = new AbortController();
  /** Ends the training that runs for it. */
  stop: () => void = () => undefined;

  constructor(
    private readonly host: Host,
    private readonly number: number,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Calls a function of the program. */
  run({ $function }: FunctionReference, ...given: unknown[]): Promise<unknown> {
    return this.host.askProgram({ call: this.number, function: $function, given });
  }
}

export class Host {
  readonly models = new Map<number, Model>();
  private readonly calls = new Map<number, HostCall>();
  private readonly endpoint: Endpoint;
  private modelCount = 0;

  constructor(
    port: Port,
    readonly own: Required<ExposeOptions>,
  ) {
    this.endpoint = new Endpoint(port, {
      answer: (request, ask) => this.answer(request as HostRequest, ask),
      note: (note) => this.hear(note),
    });
    this.greet();
  }

  /** Takes a model in. Returns its number. */
  add(model: Model): number {
    this.models.set(this.modelCount, model);
    return this.modelCount++;
  }

  askProgram(request: FunctionRequest): Promise<unknown> {
    return this.endpoint.ask({ ...request, given: request.given.map((value) => this.sendable(value)) });
  }

  private greet(): void {
    this.endpoint.tell({ about: 'ready', version });
  }

  private hear(note: Note): void {
    if (note.about === 'hello') this.greet();
    if (note.about === 'abort') this.calls.get(note.call)?.controller.abort(this.endpoint.errors.read(note.reason));
    if (note.about === 'stop') this.calls.get(note.call)?.stop();
  }

  private async answer({ method, model: number, given }: HostRequest, ask: number): Promise<unknown> {
    const handle = Object.hasOwn(HOST_METHODS, method) ? HOST_METHODS[method] : undefined;
    if (!handle) throw new StateError(`${method}: the worker does not know it. Build both ends from one installation.`);
    const call = new HostCall(this, ask);
    this.calls.set(ask, call);
    try {
      return await handle({ host: this, call, model: this.models.get(number), number }, ...(given as never[]));
    } finally {
      this.calls.delete(ask);
    }
  }

  /** What callbacks are given, as a message can have it: models by number, errors as errors are sent. */
  private sendable(value: unknown): unknown {
    if (value instanceof Model) return { $model: [...this.models].find(([, model]) => model === value)?.[0] };
    if (value instanceof Error) return { $error: this.endpoint.errors.write(value) };
    if (Array.isArray(value))
      return value.every((entry) => typeof entry === 'number') ? value : value.map((entry) => this.sendable(entry));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, this.sendable(entry)]));
  }
}

/** What a worker has to post and listen with. */
interface WorkerScope {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  addEventListener(event: 'message', listener: (event: { data: unknown }) => void): void;
}

interface ParentPort {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  on(event: 'message', listener: (message: unknown) => void): void;
}

function portOfWorker(): Port {
  const { parentPort } = (nodeModule('node:worker_threads') ?? {}) as { parentPort?: ParentPort | null };
  if (parentPort) {
    return {
      post: (message, transfer) => parentPort.postMessage(message, transfer),
      listen: (onMessage) => parentPort.on('message', onMessage),
    };
  }
  const scope = globalThis as unknown as WorkerScope;
  if (typeof document !== 'undefined' || typeof scope.postMessage !== 'function') {
    throw new StateError(
      "expose: there is no worker here. Call it in a worker's script, which spawn(model, { url }) names.",
    );
  }
  return {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen: (onMessage) => scope.addEventListener('message', ({ data }) => onMessage(data)),
  };
}

/**
 * Makes a worker's script a host of models: what `spawn(model, { url })` then starts. For things of one's own, which can't be sent:
 * layers, losses and metrics are functions.
 *
 * @throws StateError outside of a worker; OptionError for an unknown option.
 * @example
 * // my-worker.js
 * import { expose } from 'wasmgrad/worker';
 * import { pinball } from './pinball.js';
 * expose({ custom: { losses: { pinball } } });
 */
export function expose(options: ExposeOptions = {}): void {
  checkOptions('expose', options, ['custom', 'callbacks']);
  const { custom = {}, callbacks = {} } = options;
  checkCustom('expose', custom);
  if (!isPlain(callbacks)) {
    throw new OptionError(`expose: callbacks must be functions by name, got ${describeValue(callbacks)}.`);
  }
  new Host(portOfWorker(), { custom, callbacks });
}
