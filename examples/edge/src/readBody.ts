import { LIMITS } from './limits.js';
import { Problem } from './problem.js';

const tooLarge = (got: string): Problem =>
  new Problem('body-too-large', `Expected a body of at most ${LIMITS.bodyBytes} bytes, got ${got}. Send fewer rows.`);

/** The bytes of a body. What says that it is too large is not read; what does not say so is read up to the limit. */
export async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const said = Number(request.headers.get('content-length') ?? 0);
  if (said > LIMITS.bodyBytes) throw tooLarge(String(said));
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > LIMITS.bodyBytes) {
      await reader.cancel();
      throw tooLarge('more');
    }
    pieces.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
