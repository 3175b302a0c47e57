import { DataError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';

/** The bytes of a file as a view that nobody else may change. @throws DataError for what is no bytes. */
export function fileBytes(where: string, given: Uint8Array | ArrayBuffer): Uint8Array {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (!(given instanceof Uint8Array)) {
    throw new DataError(
      `${where}: expected the bytes of a file (a Uint8Array or an ArrayBuffer), got ${describeValue(given)}.`,
    );
  }
  // Not a Buffer, whose slice is no copy; nor shared memory, which others may change.
  const view = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return given.buffer instanceof ArrayBuffer ? view : view.slice();
}
