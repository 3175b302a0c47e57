// Which kind of file a safetensors file is, and whether this library reads its version.

import { FormatError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import type { Safetensors } from './safetensors.js';

/** The file may be whole, but this version of the library can't tell. */
export class NewerFormatError extends FormatError {}

export interface FileIdentity {
  /** What is expected, for people. */
  kind: string;
  /** What `format` says in the metadata. */
  format: string;
  /** The newest version that is known. */
  version: number;
}

/** @throws FormatError for a file of another kind, or of a newer version. */
export function checkIdentity(where: string, { metadata }: Safetensors, expected: FileIdentity): void {
  const { format, version } = metadata;
  if (format !== expected.format) {
    const got = format === undefined ? 'no format' : `the format '${format}'`;
    throw new FormatError(
      `${where}: byte 8: expected ${expected.kind}, got a safetensors file with ${got} in its metadata.`,
      8,
    );
  }
  const number = Number(version);
  if (Number.isInteger(number) && number >= 1 && number <= expected.version) return;
  throw new NewerFormatError(
    `${where}: byte 8: expected a file of format version 1 to ${expected.version}, got ${describeValue(version)}. ` +
      'A newer library wrote it: update this one.',
    8,
  );
}
