// The files that the library writes: safetensors whose metadata name the kind and version of the file, describe in JSON what is
// in it, and hold a digest. See docs/decisions/0015-saved-files.md.

import { FormatError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { BLANK_DIGEST, checkSeal, seal } from './digest.js';
import { fileBytes } from './fileBytes.js';
import { dataOffsetOf, readSafetensors, writeSafetensors, type Safetensors, type StoredTensor } from './safetensors.js';

/** The file may be whole, but this version of the library can't tell. */
export class NewerFormatError extends FormatError {}

/** A kind of file. */
export interface SealedKind {
  /** What it is, for people. */
  kind: string;
  /** What `format` says in the metadata. */
  format: string;
  /** The newest version, which is written; raised when a reader of the version before could not read a file. */
  version: number;
  /** Under which name the metadata have the description. */
  description: string;
}

/** Takes the values of all tensors at once, then computes the digest: they may change meanwhile. */
export async function writeSealed(
  { format, version, description }: SealedKind,
  described: object,
  tensors: readonly (readonly [string, StoredTensor])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const metadata = {
    format,
    version: String(version),
    sha256: BLANK_DIGEST,
    [description]: JSON.stringify(described),
  };
  const file = writeSafetensors(tensors, metadata);
  return seal(file, dataOffsetOf(file, 'save'));
}

/**
 * The tensors and metadata of a file that is whole. What the description says is not checked.
 *
 * @throws DataError for what is no bytes; FormatError for a file that was changed, of another kind, or of a newer version.
 */
export async function openSealed(
  where: string,
  given: Uint8Array | ArrayBuffer,
  expected: SealedKind,
): Promise<Safetensors> {
  const bytes = fileBytes(where, given);
  const file = readSafetensors(bytes, where);
  checkIdentity(where, file, expected);
  await checkSeal(bytes, file.dataOffset, file.metadata.sha256, where);
  return file;
}

function checkIdentity(where: string, { metadata }: Safetensors, expected: SealedKind): void {
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
