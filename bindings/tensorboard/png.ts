// PNG without compression: what an event file holds of an image.

import { crc32 } from './crc.js';
import { concatBytes, type Bytes } from '../formats/protobuf/write.js';

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Bytes of a stored block of deflate at the most. */
const BLOCK = 65535;

const uint32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function chunk(type: string, data: Uint8Array): Bytes {
  const body = concatBytes([new TextEncoder().encode(type), data]);
  return concatBytes([Uint8Array.from(uint32(data.length)), body, Uint8Array.from(uint32(crc32(body)))]);
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** The zlib format (RFC 1950) with stored blocks. */
function store(bytes: Uint8Array): Bytes {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let begin = 0; begin < bytes.length; begin += BLOCK) {
    const block = bytes.subarray(begin, begin + BLOCK);
    const { length } = block;
    const isLast = Number(begin + BLOCK >= bytes.length);
    parts.push(Uint8Array.of(isLast, length & 255, length >>> 8, ~length & 255, (~length >>> 8) & 255), block);
  }
  return concatBytes([...parts, Uint8Array.from(uint32(adler32(bytes)))]);
}

/** Pixels in rows, four bytes each (RGBA), as a file. */
export function encodePng(width: number, height: number, rgba: ArrayLike<number>): Bytes {
  const rows = new Uint8Array(height * (1 + 4 * width));
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 4 * width; i++) rows[y * (1 + 4 * width) + 1 + i] = rgba[y * 4 * width + i]!;
  }
  const header = Uint8Array.of(...uint32(width), ...uint32(height), 8, 6, 0, 0, 0);
  const end = chunk('IEND', new Uint8Array(0));
  return concatBytes([Uint8Array.from(SIGNATURE), chunk('IHDR', header), chunk('IDAT', store(rows)), end]);
}
