// Layers models of TensorFlow.js: `wasmgrad/tfjs`.

export {
  exportTfjs,
  type ExportTfjsOptions,
  type TfjsArtifacts,
  type TfjsExport,
  type TfjsWeightSpec,
} from './exportTfjs.js';
export { importTfjs, type ImportTfjsOptions } from './importTfjs.js';
export type { FileBytes, TfjsFiles, WeightFetcher } from './artifacts.js';
export { TFJS_LAYERS } from './layers/index.js';
