import { fileURLToPath } from 'node:url';

/** What a server should send: the page's own policy again, since a worker takes only that of its response. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const headers = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Links stay relative, so that the folder can be served from anywhere.
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../../build/playground', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: { fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
  preview: { host: '127.0.0.1', headers },
};
