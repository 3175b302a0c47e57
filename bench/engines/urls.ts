// Where the server of engines/chromium.ts has what a page asks for.

export const TFJS_URL: string = '/tfjs.js';
export const TFJS_WASM_URL = '/tfjs-wasm/';
