// Weights of PyTorch: `wasmgrad/torch`.

export { fromTorch, TORCH_LAYERS, type FromTorchOptions } from './fromTorch.js';
export * as torchModules from './modules.js';
export type { OwnParameters, TorchModule, TorchTensor } from './modules.js';
export type { StateDict } from './stateDict.js';
