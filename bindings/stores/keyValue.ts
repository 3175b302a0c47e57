import { parseJson } from '../formats/json.js';
import { FormatError, OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue, isObject } from '../runtime/suggest.js';
import { checkBytes, checkKey, checkValue, sortedKeys, type ModelStore } from './store.js';

/** One page of keys: a Map (Durable Objects), a list of names, or Cloudflare KV's. */
type Listing =
  | ReadonlyMap<string, unknown>
  | readonly string[]
  | { keys: readonly { name: string }[]; list_complete?: boolean; cursor?: string };

/** Anything that keeps bytes by key; each method may return a promise. */
export interface KeyValueObject {
  get(key: string): unknown;
  put(key: string, value: Uint8Array<ArrayBuffer>): unknown;
  delete(key: string): unknown;
  /** Keys that begin with a prefix; only `keys()` needs it. */
  list?(options: { prefix: string; cursor?: string }): Listing | Promise<Listing>;
}

export interface KeyValueStoreOptions {
  /** What keys begin with; 'wasmgrad/' by default. */
  prefix?: string;
  /** The most bytes that a value may have; models are cut into pieces of it. No limit by default. Durable Objects: 131072. */
  maximumValueBytes?: number;
}

/** What stands under the key of a model that is in pieces. */
interface Manifest {
  generation: number;
  pieces: number;
  bytes: number;
}

/** A manifest is far smaller: what is longer is none, and is not parsed. */
const MAXIMUM_MANIFEST_BYTES = 128;
/** Pieces of a model; keeps what is no manifest of ours from having them asked for, one by one, for ever. */
const MAXIMUM_PIECES = 2 ** 20;

/** @throws FormatError unless the bytes are a manifest. */
function readManifest(where: string, key: string, bytes: Uint8Array): Manifest {
  const what = `${where}: '${key}'`;
  const fail = (expected: string, got: unknown): never => {
    throw new FormatError(`${what}: byte 0: expected ${expected}, got ${describeValue(got)}.`, 0);
  };
  if (bytes.length > MAXIMUM_MANIFEST_BYTES) {
    fail('the list of a model in pieces; was it set without maximumValueBytes?', `${bytes.length} bytes`);
  }
  const manifest = parseJson(new TextDecoder().decode(bytes), what, 0);
  if (!isObject(manifest)) return fail('{ generation, pieces, bytes }', manifest);
  for (const field of ['generation', 'pieces', 'bytes'] as const) {
    const count = manifest[field];
    const most = field === 'pieces' ? MAXIMUM_PIECES : Number.MAX_SAFE_INTEGER - 1;
    if (!Number.isSafeInteger(count) || (count as number) < 0 || (count as number) > most) {
      fail(`${field}, a whole number up to ${most}`, count);
    }
  }
  return manifest as unknown as Manifest;
}

/** Names on a page of keys. @throws FormatError for what is no page. */
function namesOf(where: string, page: unknown): readonly string[] {
  const keys = isObject(page) && Array.isArray(page.keys) ? page.keys : undefined;
  const names: readonly unknown[] | undefined = Array.isArray(page)
    ? page
    : page instanceof Map
      ? [...(page as Map<unknown, unknown>).keys()]
      : keys?.map((entry: unknown) => (isObject(entry) ? entry.name : entry));
  const odd = names ? names.findIndex((name) => typeof name !== 'string') : 0;
  if (names && odd < 0) return names as readonly string[];
  throw new FormatError(
    `${where}: key ${odd}: expected names, as a list, a Map or { keys: [{ name }] }, got ${describeValue(names ? names[odd] : page)}.`,
    0,
  );
}

async function* pagesOf(where: string, object: KeyValueObject, prefix: string): AsyncGenerator<string> {
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const page = await object.list!({ prefix, ...(cursor !== undefined && { cursor }) });
    yield* namesOf(where, page);
    const { list_complete: isComplete, cursor: next } = page as Extract<Listing, { list_complete?: boolean }>;
    if (isComplete !== false || next === undefined) return;
    if (cursors.has(next)) {
      throw new FormatError(`${where}: keys: expected another page, got the cursor ${describeValue(next)} again.`, 0);
    }
    cursors.add(next);
    cursor = next;
  }
}

/**
 * A store on any object with `get`, `put` and `delete`: the storage of a Durable Object, Cloudflare KV, Redis behind three
 * functions. With `maximumValueBytes` a model lies in pieces; the entry that leads to them is written last and the old pieces
 * are deleted after it, so that a set that is cut off leaves the old model.
 *
 * @throws OptionError for an object without these methods. @throws FormatError for a value that is no model, or a model of which
 *   a piece is missing.
 * @example
 * const store = keyValueStore(state.storage, { maximumValueBytes: 131072 }); // a Durable Object
 * const edge = keyValueStore({
 *   get: (key) => env.MODELS.get(key, 'arrayBuffer'), // Cloudflare KV
 *   put: (key, bytes) => env.MODELS.put(key, bytes),
 *   delete: (key) => env.MODELS.delete(key),
 *   list: (options) => env.MODELS.list(options),
 * });
 */
export function keyValueStore(object: KeyValueObject, options: KeyValueStoreOptions = {}): ModelStore {
  const where = 'keyValueStore';
  checkOptions(where, options, ['prefix', 'maximumValueBytes']);
  const { prefix = 'wasmgrad/', maximumValueBytes = Infinity } = options;
  const isWhole = maximumValueBytes === Infinity;
  // A manifest has to fit, too.
  if (!isWhole) checkNumber(where, 'maximumValueBytes', maximumValueBytes, { minimum: 128, integer: true });
  for (const method of ['get', 'put', 'delete'] as const) {
    if (typeof (object as Partial<KeyValueObject> | null)?.[method] === 'function') continue;
    throw new OptionError(`${where}: expected an object with get, put and delete, got ${describeValue(object)}.`);
  }
  const at = (key: string): string => prefix + checkKey(where, key);
  const pieceAt = (key: string, { generation }: Manifest, piece: number): string => `${at(key)}/${generation}/${piece}`;
  const read = async (path: string) => checkValue(where, path, await object.get(path));

  async function manifestOf(key: string): Promise<Manifest | undefined> {
    const bytes = await read(at(key));
    return bytes && readManifest(where, key, bytes);
  }

  /** The manifest of what is replaced or deleted; undefined for what is none, which must not stand in the way. */
  const manifestBefore = (key: string): Promise<Manifest | undefined> =>
    manifestOf(key).catch((error: unknown) => {
      if (error instanceof FormatError) return undefined;
      throw error;
    });

  async function deletePieces(key: string, manifest: Manifest | undefined): Promise<void> {
    for (let piece = 0; piece < (manifest?.pieces ?? 0); piece++) await object.delete(pieceAt(key, manifest!, piece));
  }

  async function setInPieces(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const before = await manifestBefore(key);
    const pieces = Math.ceil(bytes.length / maximumValueBytes);
    if (pieces > MAXIMUM_PIECES) {
      throw new OptionError(
        `${where}: ${bytes.length} bytes in pieces of ${maximumValueBytes} are more than ${MAXIMUM_PIECES} pieces. Use larger ones.`,
      );
    }
    const manifest = { generation: (before?.generation ?? 0) + 1, pieces, bytes: bytes.length };
    for (let piece = 0; piece < pieces; piece++) {
      const begin = piece * maximumValueBytes;
      await object.put(pieceAt(key, manifest, piece), bytes.slice(begin, begin + maximumValueBytes));
    }
    await object.put(at(key), new TextEncoder().encode(JSON.stringify(manifest)));
    await deletePieces(key, before);
  }

  async function getPieces(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const manifest = await manifestOf(key);
    if (!manifest) return undefined;
    // Memory is taken for what is there, not for what the manifest says.
    const parts: Uint8Array[] = [];
    let length = 0;
    const fail = (what: string): never => {
      throw new FormatError(
        `${where}: '${key}': byte ${length}: expected ${manifest.bytes} bytes in ${manifest.pieces} pieces, ${what}. Read it again.`,
        length,
      );
    };
    for (let piece = 0; piece < manifest.pieces; piece++) {
      const part =
        (await read(pieceAt(key, manifest, piece))) ?? fail(`piece ${piece} of ${manifest.pieces} is not there`);
      parts.push(part);
      length += part.length;
      if (length > manifest.bytes) fail(`got ${length} by piece ${piece}`);
    }
    if (length !== manifest.bytes) fail(`got ${length}`);
    const bytes = new Uint8Array(length);
    length = 0;
    for (const part of parts) {
      bytes.set(part, length);
      length += part.length;
    }
    return bytes;
  }

  return {
    get: async (key) => (isWhole ? read(at(key)) : getPieces(key)),
    async set(key, bytes) {
      const own = checkBytes(where, bytes);
      await (isWhole ? object.put(at(key), own) : setInPieces(key, own));
    },
    async delete(key) {
      const manifest = isWhole ? undefined : await manifestBefore(key);
      await object.delete(at(key));
      await deletePieces(key, manifest);
    },
    async keys() {
      if (!object.list) throw new OptionError(`${where}: keys() needs an object with list({ prefix }).`);
      const found: string[] = [];
      // Pieces have a '/' behind the key, which is no key then.
      for await (const path of pagesOf(where, object, prefix)) found.push(path.slice(prefix.length));
      return sortedKeys(found);
    },
  };
}
