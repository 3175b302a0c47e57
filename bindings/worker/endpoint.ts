// One end of the line between a program and its worker. It asks the other end and answers it; both ends are alike.

import { DataError } from '../runtime/errors.js';
import { ErrorWire } from './errors.js';
import { PROTOCOL, type Message, type Note } from './protocol.js';

/** How messages go to the other end: a worker seen from outside, or what a worker has inside. */
export interface Port {
  post(message: unknown, transfer: readonly Transferable[]): void;
  listen(onMessage: (message: unknown) => void): void;
  /** Whether something is waited for: a process may end while nothing is. */
  setBusy?(isBusy: boolean): void;
}

/** An answer with what is moved, not copied. */
export class Moved {
  constructor(
    readonly value: unknown,
    readonly transfer: readonly Transferable[],
  ) {}
}

export interface EndpointHandlers {
  answer(request: unknown, ask: number): unknown;
  note(note: Note, protocol: number): void;
}

interface Question {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class Endpoint {
  readonly errors = new ErrorWire();
  private readonly questions = new Map<number, Question>();
  private count = 0;

  constructor(
    private readonly port: Port,
    private readonly handlers: EndpointHandlers,
  ) {
    port.listen((message) => this.receive(message));
  }

  /** `onNumber` is told the number of the question before anything can come of it. */
  async ask(
    request: unknown,
    transfer: readonly Transferable[] = [],
    onNumber?: (ask: number) => void,
  ): Promise<unknown> {
    const ask = this.count++;
    onNumber?.(ask);
    const answered = new Promise((resolve, reject) => this.questions.set(ask, { resolve, reject }));
    try {
      this.post({ wasmgrad: PROTOCOL, ask, request }, transfer);
    } catch (error) {
      this.questions.delete(ask);
      throw error;
    }
    this.port.setBusy?.(true);
    return answered;
  }

  tell(note: Note): void {
    this.post({ wasmgrad: PROTOCOL, note }, []);
  }

  /** Nobody answers any more. */
  fail(error: unknown): void {
    for (const question of [...this.questions.values()]) question.reject(error);
    this.questions.clear();
    this.port.setBusy?.(false);
  }

  private post(message: Message, transfer: readonly Transferable[]): void {
    try {
      this.port.post(message, transfer);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DataError(
        `what was given can't be sent to or from the worker: ${reason} Give plain values and typed arrays; ` +
          "functions are made in the worker: expose({ custom, callbacks }) of 'wasmgrad/worker'.",
        { cause },
      );
    }
  }

  private receive(message: unknown): void {
    // Whoever made the worker may have messages of their own.
    if (message === null || typeof message !== 'object' || !('wasmgrad' in message)) return;
    const known = message as Message;
    if ('note' in known) return this.handlers.note(known.note, known.wasmgrad);
    if (known.wasmgrad !== PROTOCOL) return;
    if ('ask' in known) return void this.reply(known.ask, known.request);
    const question = this.questions.get(known.answer);
    this.questions.delete(known.answer);
    if (this.questions.size === 0) this.port.setBusy?.(false);
    if (known.error) question?.reject(this.errors.read(known.error));
    else question?.resolve(known.value);
  }

  private async reply(answer: number, request: unknown): Promise<void> {
    try {
      const result = await this.handlers.answer(request, answer);
      const { value, transfer } = result instanceof Moved ? result : { value: result, transfer: [] };
      this.post({ wasmgrad: PROTOCOL, answer, value }, transfer);
    } catch (error) {
      this.post({ wasmgrad: PROTOCOL, answer, error: this.errors.write(error) }, []);
    }
  }
}
