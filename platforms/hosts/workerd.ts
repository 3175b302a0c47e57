// workerd: a Worker that trains the program of a request. It may not compile bytes, so that the core is imported as a module.

import core from './core.wasm';
import type { Task } from '../outcome.js';
import { runProgram } from '../programs.js';

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(await runProgram((await request.json()) as Task, core));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack : String(error), { status: 500 });
    }
  },
};
