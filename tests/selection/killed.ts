// A study in a process of its own, which tests kill: node --import tsx killed.ts JOURNAL TRIALS

import { fileJournal } from '../../bindings/node.js';
import { asha, logUniform, study, tpe, uniform } from '../../bindings/selection/index.js';

const [path, trials] = process.argv.slice(2) as [string, string];

const { best } = await study({
  space: { rate: logUniform(1e-3, 1), share: uniform(0, 1) },
  objective: async ({ rate, share }, { report }) => {
    const value = Math.abs(Math.log10(rate) + 1) + share;
    for (let step = 1; step <= 3; step++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await report(value + 1 / step);
    }
    return value;
  },
  sampler: tpe({ startupTrials: 4 }),
  pruner: asha(),
  trials: Number(trials),
  seed: 2,
  journal: fileJournal(path),
});
process.stdout.write(`${JSON.stringify({ number: best!.number, value: best!.value })}\n`);
