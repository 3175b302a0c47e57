// A token names its user and proves it: USER.HMAC-SHA256(secret, USER). Nothing is kept, and nobody else can make one.

import { Problem } from './problem.js';

const USER = /^[A-Za-z0-9_-]{1,64}$/;

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

/** For whoever signs users in. */
export async function issueToken(secret: string, user: string): Promise<string> {
  if (!USER.test(user)) throw new Error(`A user has 1 to 64 letters, digits, '_' and '-', got '${user}'.`);
  const mac = await crypto.subtle.sign('HMAC', await keyOf(secret), new TextEncoder().encode(user));
  return `${user}.${Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The user of a request. `verify` compares in constant time. */
export async function userOf(request: Request, secret: string): Promise<string> {
  const [, user = '', mac = ''] =
    /^Bearer ([^.\s]+)\.([0-9a-f]{64})$/.exec(request.headers.get('authorization') ?? '') ?? [];
  const bytes = Uint8Array.from({ length: mac.length / 2 }, (_, i) => parseInt(mac.slice(2 * i, 2 * i + 2), 16));
  const isGood =
    USER.test(user) && (await crypto.subtle.verify('HMAC', await keyOf(secret), bytes, new TextEncoder().encode(user)));
  if (isGood) return user;
  throw new Problem('bad-token', "Expected 'Authorization: Bearer TOKEN' with a token of this service.", {
    'www-authenticate': 'Bearer',
  });
}
