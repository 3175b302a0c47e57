// What the CommonJS build has in one file, so that its entries have the same classes (tsup.config.ts).

export * as distributed from './distributed/index.js';
export * as index from './index.js';
export * as onnx from './formats/onnx/index.js';
export * as selection from './selection/index.js';
export * as tfjs from './formats/tfjs/index.js';
export * as torch from './formats/torch/index.js';
export * as training from './training/index.js';
export * as worker from './worker/index.js';
