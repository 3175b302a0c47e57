// What a page of engines/chromium.ts runs. Bundled for it by esbuild.

import { runSuites, type Message, type Request } from '../suite-run.js';

/** What the page and its driver call each other by. */
export interface BenchPage {
  runBench(request: Request): Promise<void>;
  sendMessage(message: Message): Promise<void>;
}

const page = globalThis as unknown as BenchPage;
page.runBench = (request) => runSuites(request, (message) => page.sendMessage(message));
