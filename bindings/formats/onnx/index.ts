// ONNX files: `wasmgrad/onnx`.

export { exportOnnx, type ExportOnnxOptions } from './exportOnnx.js';
export { importOnnx, type ImportOnnxOptions } from './importOnnx.js';
export { onnxLayers, type OperatorConfig } from './in/operator.js';
