// Vercel's Edge Runtime: a script that answers a request. The host compiles the core, as it does for an import of
// `core.wasm?module`, and hands it over as a global.

import type { Task } from '../outcome.js';
import { runProgram } from '../programs.js';

interface FetchEvent extends Event {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const { core } = globalThis as unknown as { core: WebAssembly.Module };

async function answer(request: Request): Promise<Response> {
  try {
    return Response.json(await runProgram((await request.json()) as Task, core));
  } catch (error) {
    return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
  }
}

addEventListener('fetch', (event) => (event as FetchEvent).respondWith(answer((event as FetchEvent).request)));
