// Cyclic redundancy checks of 32 bits, low bit first, a byte at a time.

function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    return rest;
  });
}

function checkBy(polynomial: number): (bytes: Uint8Array) => number {
  let table: Uint32Array | undefined;
  return (bytes) => {
    table ??= tableOf(polynomial);
    let rest = -1;
    for (const byte of bytes) rest = (rest >>> 8) ^ table[(rest ^ byte) & 255]!;
    return ~rest >>> 0;
  };
}

/** CRC-32C (Castagnoli, RFC 3720): of records of TensorFlow. */
export const crc32c = checkBy(0x82f63b78);

/** CRC-32 (ISO 3309): of chunks of PNG. */
export const crc32 = checkBy(0xedb88320);
