// What the CommonJS build has in one file, so that its entries have the same classes (tsup.config.ts).

export * as index from './index.js';
export * as worker from './worker/index.js';
