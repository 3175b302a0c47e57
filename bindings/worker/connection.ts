// The program's end: calls of the models in a worker.

import { version } from '../../package.json';
import { RuntimeError, StateError } from '../runtime/errors.js';
import { isPlain } from '../runtime/suggest.js';
import { Endpoint } from './endpoint.js';
import {
  PROTOCOL,
  type FunctionReference,
  type FunctionRequest,
  type HostRequest,
  type WireError,
} from './protocol.js';
import { startError, type WorkerPort } from './workers.js';

/** A worker that has not answered by then has no script of this library in it. */
const START_MILLISECONDS = 30_000;

type AnyFunction = (...given: never[]) => unknown;

/** A call of the worker: what is sent, moved, and asked for on the way. */
export class Call {
  readonly functions: AnyFunction[] = [];
  readonly transfer = new Set<Transferable>();
  /** Tells the worker that training is to end; nothing before the call is sent. */
  stop: () => void = () => undefined;

  constructor(
    readonly method: string,
    readonly signal?: AbortSignal,
  ) {}

  /** Has the worker call `body`. */
  reference(body: AnyFunction): FunctionReference {
    return { $function: this.functions.push(body) - 1 };
  }
}

export class Connection {
  /** Models in the worker by number, for callbacks that are given one. */
  readonly models = new Map<number, unknown>();
  private readonly endpoint: Endpoint;
  private readonly calls = new Map<number, Call>();
  private end: Error | undefined;
  private greet!: (problem?: Error) => void;
  private readonly greeted: Promise<void>;
  private isReady = false;

  private constructor(private readonly port: WorkerPort) {
    this.greeted = new Promise((resolve, reject) => {
      this.greet = (problem) => (problem ? reject(problem) : resolve());
    });
    this.endpoint = new Endpoint(port, {
      answer: (request) => this.run(request as FunctionRequest),
      note: (note, protocol) => {
        if (note.about === 'ready') this.checkVersion(protocol, note.version);
      },
    });
    port.onFailure((reason, hasEnded) => this.fail(reason, hasEnded));
  }

  /** Resolves when the script in the worker has answered. */
  static async open(port: WorkerPort): Promise<Connection> {
    const connection = new Connection(port);
    const late = setTimeout(
      () =>
        connection.greet(
          startError(
            `it did not answer within ${START_MILLISECONDS / 1000} seconds. A script of your own calls expose()`,
          ),
        ),
      START_MILLISECONDS,
    );
    try {
      connection.endpoint.tell({ about: 'hello' });
      await connection.greeted;
      connection.isReady = true;
      port.setBusy?.(false);
      return connection;
    } catch (problem) {
      connection.terminate();
      throw problem;
    } finally {
      clearTimeout(late);
    }
  }

  async send(call: Call, model: number, given: readonly unknown[]): Promise<unknown> {
    const { method, signal } = call;
    signal?.throwIfAborted();
    if (this.end) throw new StateError(`${method}: ${this.end.message}`);
    let number = -1;
    const abort = (): void => {
      this.endpoint.tell({ about: 'abort', call: number, reason: this.endpoint.errors.write(signal!.reason) });
    };
    try {
      const request: HostRequest = { method, model, given };
      const answer = this.endpoint.ask(request, [...call.transfer], (ask) => {
        number = ask;
        this.calls.set(ask, call);
        call.stop = () => this.endpoint.tell({ about: 'stop', call: ask });
      });
      signal?.addEventListener('abort', abort, { once: true });
      return await answer;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.calls.delete(number);
    }
  }

  /** Ends the worker. Calls that run are rejected. */
  terminate(): void {
    this.close(new StateError('the worker was terminated. spawn() the model anew.'));
    this.port.terminate();
  }

  private run({ call, function: index, given }: FunctionRequest): unknown {
    return this.calls.get(call)?.functions[index]?.(...(given.map((value) => this.received(value)) as never[]));
  }

  /** What a callback is given: the models and errors that stand in the message for those of the worker. */
  private received(value: unknown): unknown {
    if (!isPlain(value)) return value;
    if ('$model' in value) return this.models.get(value.$model as number);
    if ('$error' in value) return this.endpoint.errors.read(value.$error as WireError);
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, this.received(entry)]));
  }

  private checkVersion(protocol: number, theirs: string): void {
    if (protocol === PROTOCOL) return this.greet();
    this.greet(
      new RuntimeError(
        `spawn: the worker runs wasmgrad ${theirs}, this program ${version}, and they do not understand each other. ` +
          'Build both from one installation, and serve no old script.',
      ),
    );
  }

  private fail(reason: string, hasEnded: boolean): void {
    if (!this.isReady) this.greet(startError(reason));
    else if (hasEnded) this.close(new RuntimeError(`the worker failed: ${reason}`));
  }

  private close(error: Error): void {
    if (this.end) return;
    this.end = error;
    this.endpoint.fail(error);
  }
}
