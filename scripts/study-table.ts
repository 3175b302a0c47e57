// Copies the table of reports/study.json into README.md, between its two marks.

import { readFileSync, writeFileSync } from 'node:fs';
import { studyTable, type StudyTechnique } from '../bindings/report/index.js';

interface Study {
  techniques: StudyTechnique[];
  settings: { seeds: number[]; epochs: number };
  machine: { cores: number; cpu: string; node: string };
  data: { trainingImages: number; testImages: number };
  network: string;
  totalSeconds: number;
}

const { techniques, settings, machine, totalSeconds, network, data } = JSON.parse(
  readFileSync('reports/study.json', 'utf8'),
) as Study;
const { columns, rows } = studyTable(techniques);
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = [
  `${network}; ${data.trainingImages} training images, ${data.testImages} test images, ${settings.seeds.length} seeds, at most ${settings.epochs} epochs; ${totalSeconds.toFixed(1)} s in all on ${machine.cores} cores (${machine.cpu}, Node ${machine.node}).`,
  '',
  line(columns),
  line(columns.map(() => '---')),
  ...rows.map(line),
].join('\n');
const [start, end] = ['<!-- study -->', '<!-- /study -->'];
const readme = readFileSync('README.md', 'utf8');
const [before, after] = [readme.indexOf(start), readme.indexOf(end)];
if (before < 0 || after < before) throw new Error(`README.md: expected the marks ${start} and ${end}.`);
writeFileSync('README.md', `${readme.slice(0, before + start.length)}\n\n${table}\n\n${readme.slice(after)}`);
