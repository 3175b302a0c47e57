// The study of the fault tests, in a process of its own which they kill: node --import tsx faultStudy.ts REDIS QUEUE JOURNAL

import { bullmq } from '../../bindings/executors/bullmq.js';
import { fileJournal } from '../../bindings/node.js';
import { runFaultStudy } from './faultSpace.js';
import { ROOT } from '../../examples/search/workerProcess.js';

const [redis, queue, journal] = process.argv.slice(2) as [string, string, string];
const executor = await bullmq({ redis, queue, root: ROOT, deadAfterSeconds: 2 });
try {
  const { best, trials } = await runFaultStudy(executor, fileJournal(journal));
  process.stdout.write(`${JSON.stringify({ best: best!.number, value: best!.value, count: trials.length })}\n`);
} finally {
  await executor.close();
}
