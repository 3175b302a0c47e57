// Copies the table of reports/study.json into README.md, between its two marks.

import { readFileSync, writeFileSync } from 'node:fs';

const { techniques, settings, machine, totalSeconds, network, data } = JSON.parse(
  readFileSync('reports/study.json', 'utf8'),
);
const percent = (share) => (100 * share).toFixed(2);
const row = (t) =>
  `| ${t.name} | ${percent(t.testAccuracy.mean)} ± ${percent(t.testAccuracy.spread)} | ${percent(t.gap.mean)} ± ${percent(t.gap.spread)} | ` +
  `${percent(t.sparsity.mean)} | ${t.epochs.mean.toFixed(1)} | ${t.seconds.mean.toFixed(2)} | ` +
  `${t.verdict === 'baseline' ? '' : `${percent(t.difference)} ± ${percent(t.margin)}`} | ${t.verdict} |`;
const table = [
  `${network}; ${data.trainingImages} training images, ${data.testImages} test images, ${settings.seeds.length} seeds, at most ${settings.epochs} epochs; ${totalSeconds.toFixed(1)} s in all on ${machine.cores} cores (${machine.cpu}, Node ${machine.node}).`,
  '',
  '| technique | test accuracy, % | train − dev, points | zeros, % | epochs | seconds | against plain, points | verdict |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...techniques.map(row),
].join('\n');
const [start, end] = ['<!-- study -->', '<!-- /study -->'];
const readme = readFileSync('README.md', 'utf8');
const [before, after] = [readme.indexOf(start), readme.indexOf(end)];
if (before < 0 || after < before) throw new Error(`README.md: expected the marks ${start} and ${end}.`);
writeFileSync('README.md', `${readme.slice(0, before + start.length)}\n\n${table}\n\n${readme.slice(after)}`);
