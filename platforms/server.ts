// A server of one folder on this machine, with the headers of a strict page: no code but its own files, none from strings.

import { readFile } from 'node:fs/promises';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const STRICT = { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const pageOf = (host: string): string => `<!doctype html><meta charset="utf-8"><title>wasmgrad on this browser</title>
<body><script type="module" src="/${host}.mjs"></script>`;
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.mjs': 'text/javascript' };

export interface PageServer {
  url: string;
  close(): void;
}

/** Serves a bundle and a page of one of its hosts. `isIsolated`: cross-origin isolated, without which a page has no shared memory. */
export async function servePage(folder: string, isIsolated: boolean, host = 'page'): Promise<PageServer> {
  const headers: OutgoingHttpHeaders = { ...STRICT, ...(isIsolated && ISOLATED) };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://server');
    const send = (type: string, body: string | Buffer) =>
      void response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
    if (pathname === '/') return send('text/html', pageOf(host));
    readFile(join(folder, pathname)).then(
      (bytes) => send(TYPES[extname(pathname)] ?? 'application/octet-stream', bytes),
      () => void response.writeHead(404, headers).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
