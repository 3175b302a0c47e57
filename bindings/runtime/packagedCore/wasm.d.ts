// What the tools of edge runtimes make of imported .wasm files.

declare module 'wasmgrad/core.wasm' {
  const core: WebAssembly.Module;
  export default core;
}

declare module 'wasmgrad/core.wasm?module' {
  const core: WebAssembly.Module;
  export default core;
}

declare module 'wasmgrad/core.inference.wasm' {
  const core: WebAssembly.Module;
  export default core;
}

declare module 'wasmgrad/core.inference.wasm?module' {
  const core: WebAssembly.Module;
  export default core;
}
