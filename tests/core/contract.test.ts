// The number by which a core and bindings know that they were made from one instruction set.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONTRACT } from '../../assembly/opcodes.js';
import { instantiateCore } from '../../bindings/runtime/core.js';

/** The digest of an instruction set: what its comments say does not count. */
function digestOf(source: string): number {
  const code = source
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
    .replace(/export const CONTRACT = .*;/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return createHash('sha256').update(code).digest().readUInt32BE(0) >>> 1;
}

test('CONTRACT is the digest of assembly/opcodes.ts: set it to this value when the instruction set changes', () => {
  const source = readFileSync(new URL('../../assembly/opcodes.ts', import.meta.url), 'utf8');
  expect(CONTRACT).toBe(digestOf(source));
});

test('a digest sees a new opcode, and does not see a comment', () => {
  expect(digestOf('enum A { a, b, }')).not.toBe(digestOf('enum A { a, }'));
  expect(digestOf('enum A { /** first */ a, } // end')).toBe(digestOf('enum A { a, }'));
});

test('a core of another instruction set is refused', () => {
  const binary = readFileSync(new URL('../../build/core.release.wasm', import.meta.url));
  const at = indexOfConstant(binary, CONTRACT);
  binary[at] = binary[at]! ^ 1;
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 100 });
  expect(() => instantiateCore(new WebAssembly.Module(binary), memory)).toThrow(/of another version/);
});

/** Where the one `i32.const` of a value begins: in signed LEB128, behind the opcode. */
function indexOfConstant(binary: Uint8Array, value: number): number {
  const bytes = [];
  for (let rest = value; ; rest >>= 7) {
    const isLast = rest >> 6 === 0;
    bytes.push((rest & 127) | (isLast ? 0 : 128));
    if (isLast) break;
  }
  const index = Buffer.from(binary).indexOf(Buffer.from([0x41, ...bytes]));
  expect(index).toBeGreaterThan(0);
  return index + 1;
}
