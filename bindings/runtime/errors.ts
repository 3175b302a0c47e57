// Every error that the library throws on purpose. Each carries a code for programs and a message for people:
// where it happened, what was expected, what came, and what to do.

/** Codes of the errors below, for `catch` blocks that decide by kind. */
export type ErrorCode =
  | 'SHAPE_MISMATCH'
  | 'DTYPE_MISMATCH'
  | 'INVALID_DATA'
  | 'INVALID_FILE'
  | 'INVALID_OPTION'
  | 'INVALID_STATE'
  | 'MEMORY_LIMIT'
  | 'NOT_FINITE'
  | 'RUNTIME';

/** Base class of the library's errors. */
export class WasmgradError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Shapes that do not fit together. */
export class ShapeError extends WasmgradError {
  constructor(message: string) {
    super('SHAPE_MISMATCH', message);
  }
}

/** A tensor or array of the wrong element type. */
export class DTypeError extends WasmgradError {
  constructor(message: string) {
    super('DTYPE_MISMATCH', message);
  }
}

/** Data that cannot be trained on: empty, not finite, labels out of range, unequal lengths. */
export class DataError extends WasmgradError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_DATA', message, options);
  }
}

/** A file that is broken, or is not what it is taken for. */
export class FormatError extends WasmgradError {
  constructor(
    message: string,
    /** Byte of the file at which what was expected is not there. */
    readonly offset: number,
    options?: ErrorOptions,
  ) {
    super('INVALID_FILE', message, options);
  }
}

/** An unknown option or name, or a value outside its range. */
export class OptionError extends WasmgradError {
  constructor(message: string) {
    super('INVALID_OPTION', message);
  }
}

/** A call at the wrong time: before `compile`, after `dispose`, while another `fit` runs. */
export class StateError extends WasmgradError {
  constructor(message: string) {
    super('INVALID_STATE', message);
  }
}

/** A plan that needs more memory than allowed. Thrown before anything is allocated. */
export class MemoryLimitError extends WasmgradError {
  constructor(
    message: string,
    readonly neededBytes: number,
    readonly limitBytes: number,
  ) {
    super('MEMORY_LIMIT', message);
  }
}

/** A loss that became NaN or infinite; names the first operation that produced such a value. */
export class NotFiniteError extends WasmgradError {
  constructor(
    message: string,
    readonly operation: string,
    readonly step: number,
  ) {
    super('NOT_FINITE', message);
  }
}

/** The host cannot run the core: no SIMD, a foreign binary, memory refused. */
export class RuntimeError extends WasmgradError {
  constructor(message: string, options?: ErrorOptions) {
    super('RUNTIME', message, options);
  }
}

/** A store that did not keep, or did not delete, what it was given: no room, no right, no connection. Its cause is the store's own error. */
export class StoreError extends RuntimeError {
  constructor(
    message: string,
    /** What was to be kept or deleted. */
    readonly key: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const CLASSES: Readonly<Record<ErrorCode, { prototype: WasmgradError }>> = {
  SHAPE_MISMATCH: ShapeError,
  DTYPE_MISMATCH: DTypeError,
  INVALID_DATA: DataError,
  INVALID_FILE: FormatError,
  INVALID_OPTION: OptionError,
  INVALID_STATE: StateError,
  MEMORY_LIMIT: MemoryLimitError,
  NOT_FINITE: NotFiniteError,
  RUNTIME: RuntimeError,
};

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(CLASSES, code);

/** The public class of a code's errors. */
export const errorClassOf = (code: ErrorCode): { prototype: WasmgradError } => CLASSES[code];

/** What an error of the host says, as a sentence. */
export function reasonOf(cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return /[.!?]$/.test(reason) ? reason : `${reason}.`;
}
