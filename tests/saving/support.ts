// Reading and forging saved files by hand, apart from the library's code: what it says of a file is checked against this.

import { createHash } from 'node:crypto';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface Header {
  __metadata__: Record<string, string>;
  [name: string]: Entry | Record<string, string>;
}

export interface Parts {
  header: Header;
  data: Uint8Array;
}

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function split(file: Uint8Array): Parts {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const text = Buffer.from(file.subarray(8, 8 + length)).toString('utf8');
  return { header: JSON.parse(text) as Header, data: file.slice(8 + length) };
}

/** A file of a header as text, or as bytes. */
export function joinRaw(header: string | Uint8Array, data: Uint8Array): Uint8Array {
  const text = typeof header === 'string' ? Buffer.from(header) : header;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, data]));
}

export const join = ({ header, data }: Parts): Uint8Array => joinRaw(JSON.stringify(header), data);

/** The digest of a file whose digest has so many digits at `place`. */
export function digestOf(file: Uint8Array, digits: string): string {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const head = Buffer.from(file.slice(0, 8 + length));
  const place = head.indexOf(`"sha256":"${digits}`) + '"sha256":"'.length;
  head.fill('0', place, place + 64);
  return sha256(sha256(head), sha256(file.subarray(8 + length))).toString('hex');
}

/** Gives a file that was changed the digest that it would have been saved with. */
export function reseal(parts: Parts): Uint8Array {
  const blank = '0'.repeat(64);
  const metadata = { ...parts.header.__metadata__, sha256: blank };
  const header = { ...parts.header, __metadata__: metadata };
  const digest = digestOf(join({ header, data: parts.data }), blank);
  return join({ header: { ...header, __metadata__: { ...metadata, sha256: digest } }, data: parts.data });
}

/** The parts of a model's description that tests change. */
export interface Description {
  architecture: {
    inputs: { shape: unknown }[];
    layers: { id: unknown; config: Record<string, unknown> }[];
    calls: { inputs: Record<string, unknown>[] }[];
    outputs: unknown[];
  };
  [field: string]: unknown;
}

/** The JSON of the model in a file. */
export const descriptionOf = (file: Uint8Array): Description =>
  JSON.parse(split(file).header.__metadata__.model!) as Description;

/** The file with another description of the model, resealed. */
export function withDescription(file: Uint8Array, change: (description: Description) => unknown): Uint8Array {
  const parts = split(file);
  const description = descriptionOf(file);
  const changed = change(description) ?? description;
  const metadata = { ...parts.header.__metadata__, model: JSON.stringify(changed) };
  return reseal({ header: { ...parts.header, __metadata__: metadata }, data: parts.data });
}
