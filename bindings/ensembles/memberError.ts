import { isErrorCode, reasonOf, WasmgradError, type ErrorCode } from '../runtime/errors.js';

// By its code, not by its class: it may come from another thread. Errors of the host have codes, too.
function codeOf(cause: unknown): ErrorCode {
  const { code } = (cause ?? {}) as { code?: unknown };
  return isErrorCode(code) ? code : 'RUNTIME';
}

/**
 * A member that could not be fitted on an executor. `cause` is what its task threw, and `code` is that of the cause: the one that
 * a fit without an executor would have thrown. `RUNTIME` for errors that are not the library's.
 */
export class MemberError extends WasmgradError {
  constructor(
    where: string,
    /** Number of the member, from 0. */
    readonly member: number,
    /** The fold that it was fitted without, from 0; undefined of one that was fitted on all that it is to know. */
    readonly fold: number | undefined,
    cause: unknown,
  ) {
    const name = fold === undefined ? `member ${member}` : `member ${member} without fold ${fold}`;
    super(codeOf(cause), `${where}: ${name}: ${reasonOf(cause)}`, { cause });
  }
}
