// ONNX files: `wasmgrad/onnx`.

export { exportOnnx, type ExportOnnxOptions } from './exportOnnx.js';
