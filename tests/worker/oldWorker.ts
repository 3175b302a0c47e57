// A worker's script of a version that speaks otherwise.

import { parentPort } from 'node:worker_threads';

parentPort!.on('message', () => parentPort!.postMessage({ wasmgrad: 99, note: { about: 'ready', version: '99.0.0' } }));
