// The wire format of Protocol Buffers, written: each function gives the bytes of one field.
// https://protobuf.dev/programming-guides/encoding/

export type Bytes = Uint8Array<ArrayBuffer>;

export function concatBytes(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A whole number below 2^53, seven bits a byte; one below 0 as 64 bits of two's complement. */
function varint(value: number): Bytes {
  const bytes: number[] = [];
  if (value < 0) {
    for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes[bytes.length - 1]! &= 127;
    return Uint8Array.from(bytes);
  }
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

const tag = (field: number, wireType: number): Bytes => varint(8 * field + wireType);

export const uintField = (field: number, value: number): Bytes => concatBytes([tag(field, 0), varint(value)]);

export const uintsField = (field: number, values: readonly number[]): Bytes =>
  bytesField(field, concatBytes(values.map(varint)));

export const bytesField = (field: number, value: Uint8Array): Bytes =>
  concatBytes([tag(field, 2), varint(value.length), value]);

export const textField = (field: number, value: string): Bytes => bytesField(field, new TextEncoder().encode(value));

export const messageField = (field: number, ...parts: readonly Uint8Array[]): Bytes =>
  bytesField(field, concatBytes(parts));

/** Numbers of 64 bits, little-endian whatever the host. */
function doubles(values: readonly number[]): Bytes {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return new Uint8Array(view.buffer);
}

export const doubleField = (field: number, value: number): Bytes => concatBytes([tag(field, 1), doubles([value])]);

export const doublesField = (field: number, values: readonly number[]): Bytes => bytesField(field, doubles(values));

export function floatField(field: number, value: number): Bytes {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return concatBytes([tag(field, 5), new Uint8Array(view.buffer)]);
}
