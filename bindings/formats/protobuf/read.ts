// The wire format of Protocol Buffers, read: the fields of one message, in place. Nothing is copied, and nothing is believed.
// https://protobuf.dev/programming-guides/encoding/

import { FormatError } from '../../runtime/errors.js';

/** A stretch of a file. */
export interface Span {
  begin: number;
  end: number;
}

/** One field of a message: a number (wire types 0, 1 and 5), or the stretch of its bytes (wire type 2). */
export interface Field extends Span {
  number: number;
  wireType: WireType;
  /** Byte of the file at which the field begins, its tag included. */
  offset: number;
  /** Of wire type 0: the number, as a signed one of 64 bits. Beyond 2^53 it is the nearest double. */
  value: number;
}

export type WireType = 0 | 1 | 2 | 5;

const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const MAXIMUM_VARINT_BYTES = 10;

/** Reads messages of one file. */
export class WireReader {
  readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    /** How errors name what reads. */
    readonly where: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws FormatError, always. */
  fail(offset: number, expected: string, got: string): never {
    throw new FormatError(`${this.where}: byte ${offset}: expected ${expected}, got ${got}.`, offset);
  }

  /** The fields of the message in a stretch, in their order. */
  *fields({ begin, end }: Span, message: string): Generator<Field> {
    let at = begin;
    while (at < end) {
      const offset = at;
      const tag = this.varint(at, end);
      const number = Math.floor(tag.value / 8);
      const wireType = tag.value % 8;
      if (tag.value < 8 || number >= 2 ** 29) {
        this.fail(offset, `the tag of a field of ${message}`, `field ${number}`);
      }
      at = tag.end;
      if (wireType === 0) {
        const { value, end: next } = this.varint(at, end);
        yield { number, wireType, offset, value, begin: at, end: next };
        at = next;
        continue;
      }
      const isSized = wireType === 2;
      const length = isSized ? this.varint(at, end) : { value: FIXED_BYTES[wireType] ?? -1, end: at };
      if (!isSized && length.value < 0) {
        this.fail(offset, `a wire type of 0, 1, 2 or 5 in ${message}`, String(wireType));
      }
      const left = end - length.end;
      if (length.value < 0 || length.value > left) {
        this.fail(offset, `${message}'s field ${number} within the ${left} bytes left`, `${length.value} bytes`);
      }
      at = length.end + length.value;
      yield { number, wireType: wireType as WireType, offset, value: NaN, begin: length.end, end: at };
    }
  }

  /** A variable-length number that begins at a byte, and the byte behind it. */
  varint(begin: number, limit: number): { value: number; end: number } {
    const { bytes } = this;
    let value = 0;
    let scale = 1;
    for (let at = begin; at < limit && at < begin + MAXIMUM_VARINT_BYTES; at++) {
      const byte = bytes[at]!;
      // From the 8th byte on a double would lose bits, which those of a negative number cannot spare.
      if (at === begin + 7) return this.longVarint(begin, limit);
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return { value, end: at + 1 };
    }
    return this.fail(begin, 'a number of variable length', `one without an end in ${limit - begin} bytes`);
  }

  private longVarint(begin: number, limit: number): { value: number; end: number } {
    let value = 0n;
    for (let i = 0; i < MAXIMUM_VARINT_BYTES && begin + i < limit; i++) {
      const byte = this.bytes[begin + i]!;
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return { value: Number(BigInt.asIntN(64, value)), end: begin + i + 1 };
    }
    return this.fail(begin, 'a number of at most 10 bytes', 'one that does not end');
  }
}
