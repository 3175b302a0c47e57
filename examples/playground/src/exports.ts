// Files that a trained net can be taken away as. A format is one line; the page shows a button for each.

import { exportOnnx } from '../../../bindings/formats/onnx/index.js';
import type { Model } from '../../../bindings/index.js';

interface ExportFormat {
  label: string;
  extension: string;
  help: string;
  write(model: Model): Uint8Array | Promise<Uint8Array>;
}

const safetensors: ExportFormat = {
  label: 'safetensors',
  extension: 'safetensors',
  help: 'Weights and architecture in one file: loadModel(bytes) reads it.',
  write: (model) => model.save(),
};

const onnx: ExportFormat = {
  label: 'ONNX',
  extension: 'onnx',
  help: 'For ONNX Runtime and every tool that reads ONNX.',
  write: (model) => exportOnnx(model),
};

export const EXPORTS = { safetensors, onnx } satisfies Record<string, ExportFormat>;

export type ExportName = keyof typeof EXPORTS;
export const EXPORT_NAMES = Object.keys(EXPORTS) as ExportName[];
