// JSON out of files that nobody vouches for.

import { FormatError } from '../runtime/errors.js';

/** Brackets within brackets; a file of the library has far fewer. */
const MAXIMUM_DEPTH = 64;

/** What a position in a text is in UTF-8 bytes. */
export const byteLengthOf = (text: string): number => new TextEncoder().encode(text).length;

/** The character at which brackets stand too deep in one another, or -1. A parser that calls itself would overflow there. */
function tooDeepAt(text: string): number {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (isString) {
      if (character === '\\') i++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '{' || character === '[') {
      if (++depth > MAXIMUM_DEPTH) return i;
    } else if (character === '}' || character === ']') depth--;
  }
  return -1;
}

/** Where the engine's message says that parsing failed; engines that do not say give the beginning. */
function failedAt(error: unknown): number {
  const [, position] = /position (\d+)/.exec(String(error)) ?? [];
  return Number(position ?? 0);
}

/**
 * Parses JSON that may be hostile: refuses brackets too deep in one another, and the key `__proto__`, with which a careless
 * copy would change the prototype of an object.
 *
 * @param where Who reads it, for errors. @param offset Byte of the file at which the text begins.
 * @throws FormatError with the byte of the file.
 */
export function parseJson(text: string, where: string, offset: number): unknown {
  const byteAt = (position: number): number => offset + byteLengthOf(text.slice(0, position));
  const deep = tooDeepAt(text);
  if (deep >= 0) {
    throw new FormatError(
      `${where}: byte ${byteAt(deep)}: expected at most ${MAXIMUM_DEPTH} brackets within one another, got more.`,
      byteAt(deep),
    );
  }
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key !== '__proto__') return value;
      const at = byteAt(Math.max(0, text.indexOf('"__proto__"')));
      throw new FormatError(`${where}: byte ${at}: expected a harmless key, got '__proto__'.`, at);
    });
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const at = byteAt(failedAt(cause));
    throw new FormatError(`${where}: byte ${at}: expected JSON: ${(cause as Error).message}.`, at, { cause });
  }
}
