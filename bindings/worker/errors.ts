// Errors in messages: what arrives is of the class that was thrown, with its code, message and members.

import { errorClassOf, isErrorCode, WasmgradError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import type { WireError } from './protocol.js';

const NATIVE: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Errors that are kept until they may have come back. */
const KEPT = 64;

const isPlainMember = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const hasIdentity = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Writes and reads the errors of one end. An error that comes back to where it was thrown is the same object again. */
export class ErrorWire {
  private readonly mine = new Map<number, object>();
  private readonly theirs = new WeakMap<object, number>();
  private count = 0;

  write(thrown: unknown): WireError {
    if (!hasIdentity(thrown)) return { value: thrown };
    const yours = this.theirs.get(thrown);
    if (yours !== undefined) return { yours };
    const mine = this.keep(thrown);
    if (!(thrown instanceof Error)) return { mine, value: describeValue(thrown) };
    const { name, message, stack, cause } = thrown;
    const isDomException = typeof DOMException === 'function' && thrown instanceof DOMException;
    const fields = Object.fromEntries(Object.entries(thrown).filter(([, value]) => isPlainMember(value)));
    return {
      mine,
      name,
      message,
      stack,
      isDomException,
      fields,
      ...(cause !== undefined && { cause: this.write(cause) }),
    };
  }

  read(wire: WireError): unknown {
    const own = wire.yours === undefined ? undefined : this.mine.get(wire.yours);
    if (own) return own;
    const thrown = revive(wire, wire.cause && this.read(wire.cause));
    if (hasIdentity(thrown) && wire.mine !== undefined) this.theirs.set(thrown, wire.mine);
    return thrown;
  }

  private keep(thrown: object): number {
    const number = this.count++;
    this.mine.set(number, thrown);
    this.mine.delete(number - KEPT);
    return number;
  }
}

function revive(wire: WireError, cause: unknown): unknown {
  const { name, message, stack, isDomException, fields = {} } = wire;
  if (message === undefined) return 'value' in wire ? wire.value : new Error('an error that was forgotten');
  if (isDomException) return new DOMException(message, name);
  const options = cause === undefined ? undefined : { cause };
  const code = isErrorCode(fields.code) ? fields.code : undefined;
  const error = code ? new WasmgradError(code, message, options) : nativeError(name, message, options);
  // By its code, since a class of its own within the library, such as that of a missing custom object, is not public.
  if (code) Object.setPrototypeOf(error, errorClassOf(code).prototype);
  Object.assign(error, fields);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function nativeError(name: string | undefined, message: string, options: ErrorOptions | undefined): Error {
  const native = name !== undefined && Object.hasOwn(NATIVE, name) ? NATIVE[name] : undefined;
  const error = new (native ?? Error)(message, options);
  if (!native && name !== undefined && name !== 'Error') Object.defineProperty(error, 'name', { value: name });
  return error;
}
