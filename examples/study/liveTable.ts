// The table that grows in the terminal while the study runs: a bar a technique.

import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { percent } from '../figures.js';
import type { StudyOptions } from './study.js';
import { summarize } from '../statistics.js';
import type { Technique } from './techniques.js';

interface LiveTable {
  onProgress: NonNullable<StudyOptions['onProgress']>;
  stop(): void;
}

/** Bars in a terminal, else a line for each technique that is done. */
export function liveTable(techniques: readonly Technique[], seeds: number): LiveTable {
  const width = Math.max(...techniques.map(({ name }) => name.length));
  const accuracies = techniques.map((): number[] => []);
  const figures = (index: number) => {
    const { mean, spread } = summarize(accuracies[index]!);
    return accuracies[index]!.length > 0 ? `test accuracy ${percent(mean)} ± ${(100 * spread).toFixed(2)}` : '';
  };
  const format = `{name} {bar} {value}/{total} seeds  {figures}`;
  const isTerminal = process.stdout.isTTY;
  const bars = new MultiBar({ format, barsize: 20, hideCursor: true, fps: 5, emptyOnZero: true }, Presets.shades_grey);
  const rows: SingleBar[] = isTerminal
    ? techniques.map(({ name }) => bars.create(seeds, 0, { name: name.padEnd(width), figures: '' }))
    : [];
  return {
    onProgress(index, done, run) {
      if (run) accuracies[index]!.push(run.testAccuracy);
      rows[index]?.update(Math.round(done * 100) / 100, { figures: figures(index) });
      if (run && !isTerminal && done === seeds)
        console.log(`${techniques[index]!.name.padEnd(width)}  ${figures(index)}`);
    },
    stop: () => bars.stop(),
  };
}
