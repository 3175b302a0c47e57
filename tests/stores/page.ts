// What the page of chromium.test.ts runs.

import { indexedDBStore, opfsStore, type ModelStore } from '../../bindings/index.js';
import { checkStore, predict } from './contract.js';

const STORES: Readonly<Record<string, () => ModelStore>> = {
  indexedDB: () => indexedDBStore({ name: 'test' }),
  opfs: () => opfsStore({ folder: 'test' }),
};

/** Holds so many bytes of the origin's room. */
const hold = async (name: string, bytes: number): Promise<string> =>
  STORES[name]!()
    .set('large', new Uint8Array(bytes))
    .then(
      () => 'kept',
      (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
    );

Object.assign(globalThis, {
  check: (name: string) => checkStore(STORES[name]!()),
  predict: (name: string) => predict(STORES[name]!()),
  keys: (name: string) => STORES[name]!().keys(),
  hold,
});
