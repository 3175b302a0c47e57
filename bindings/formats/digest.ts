// The digest of a saved file: whether it is, byte for byte, what was written. It finds damage, not forgery.

import { FormatError } from '../runtime/errors.js';

/** Where the digest stands in the header, and what stands there while it is computed. */
const KEY = '"sha256":"';
export const BLANK_DIGEST = '0'.repeat(64);

type Bytes = Uint8Array<ArrayBuffer>;

async function sha256(bytes: Uint8Array): Promise<Bytes> {
  // Typed as optional: a page that came over plain http has no subtle cryptography, and some hosts have no cryptography.
  const { crypto } = globalThis as { crypto?: { subtle?: SubtleCrypto } };
  if (crypto?.subtle) return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Bytes));
  const borrowed = await import('./sha256.js');
  return borrowed.sha256(bytes);
}

/** Byte of the file at which the digits of the digest begin, or -1. */
function placeOf(head: Uint8Array, digits: string): number {
  const at = new TextDecoder('latin1').decode(head).indexOf(KEY + digits);
  return at < 0 ? -1 : at + KEY.length;
}

/**
 * SHA-256 of two digests: that of the bytes before the tensors, in which the digits of the digest are zeros, and that of the
 * tensors. No byte is left out, and the tensors are not copied.
 */
async function digestOf(file: Uint8Array, dataOffset: number, place: number): Promise<string> {
  const head = file.slice(0, dataOffset);
  head.set(new TextEncoder().encode(BLANK_DIGEST), place);
  const parts = [await sha256(head), await sha256(file.subarray(dataOffset))];
  const both = new Uint8Array(64);
  both.set(parts[0]!);
  both.set(parts[1]!, 32);
  return Array.from(await sha256(both), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Writes the digest over its blank in the file. */
export async function seal(file: Bytes, dataOffset: number): Promise<Bytes> {
  const place = placeOf(file.subarray(0, dataOffset), BLANK_DIGEST);
  file.set(new TextEncoder().encode(await digestOf(file, dataOffset, place)), place);
  return file;
}

/** Throws a FormatError unless the file has the digest that it names. */
export async function checkSeal(
  file: Uint8Array,
  dataOffset: number,
  digest: string | undefined,
  where: string,
): Promise<void> {
  const isDigest = digest !== undefined && /^[0-9a-f]{64}$/.test(digest);
  const place = isDigest ? placeOf(file.subarray(0, dataOffset), digest) : -1;
  if (place < 0) {
    throw new FormatError(`${where}: byte 8: expected a SHA-256 digest in the metadata, got ${digest ?? 'none'}.`, 8);
  }
  const actual = await digestOf(file, dataOffset, place);
  if (actual === digest) return;
  throw new FormatError(
    `${where}: byte ${place}: expected the digest ${actual}, got ${digest}: the file was changed after it was saved. Take another copy.`,
    place,
  );
}
