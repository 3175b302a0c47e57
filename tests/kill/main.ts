// Kills training processes 50 times (--kills N, --seed N), and prints when and what came of it.

import { numberArgument, percent, table, timed } from '../../examples/figures.js';
import { RUNS, type RunName } from '../resume/runs.js';
import { FAULT_POINTS } from './faults.js';
import { compileChild, killRound, type Round } from './kill.js';

/** In one run, so that there are several of each net. */
const MOST_KILLS = 8;

const kills = numberArgument('kills', 50);
const seed = numberArgument('seed', 1);
const names = Object.keys(RUNS) as RunName[];

const count = (rounds: readonly Round[], of: (attempt: Round['attempts'][number]) => boolean): number =>
  rounds.flatMap(({ attempts }) => attempts).filter(of).length;
const killsOf = (rounds: readonly Round[]): number => count(rounds, ({ isKilled }) => isKilled);

const { script, remove } = await compileChild();
try {
  console.log(`training processes are killed (SIGKILL) ${kills} times at random moments, drawn with seed ${seed}\n`);
  const rounds: (Round & { run: RunName })[] = [];
  const { seconds } = await timed(async () => {
    while (killsOf(rounds) < kills) {
      const run = names[rounds.length % names.length]!;
      const left = Math.min(MOST_KILLS, kills - killsOf(rounds));
      rounds.push({ run, ...(await killRound({ script, run, kills: left, seed: 1000 * seed + rounds.length })) });
    }
  });
  const columns = [
    'run',
    'runs',
    'processes',
    'kills',
    'in a start',
    'in a save',
    'file left beside',
    'torn by hand',
    'same bytes',
  ];
  const rowOf = (name: string, own: typeof rounds): string[] => [
    name,
    String(own.length),
    String(count(own, () => true)),
    String(killsOf(own)),
    String(count(own, ({ isKilled, from }) => isKilled && from === undefined)),
    String(count(own, ({ isInSave }) => isInSave)),
    String(count(own, ({ isKilled, hasLeftOne }) => isKilled && hasLeftOne)),
    String(own.reduce((sum, { torn }) => sum + torn, 0)),
    // A round that ended in other bytes has thrown.
    `${own.length} of ${own.length}`,
  ];
  console.log(
    table([
      columns,
      ...names.map((name) =>
        rowOf(
          name,
          rounds.filter(({ run }) => run === name),
        ),
      ),
      rowOf('all', rounds),
    ]),
  );
  const inSave = count(rounds, ({ isInSave }) => isInSave) / killsOf(rounds);
  console.log(`\n${percent(inSave)} of the kills fell within a save; ${seconds.toFixed(1)} s\n`);

  console.log('and at chosen points of a save, one in each process:');
  for (const run of names) {
    for (const save of [1, 2]) {
      const faults = FAULT_POINTS.map((at) => ({ at, save: at.startsWith('the new one is whole') ? save + 2 : save }));
      const round = await killRound({ script, run, kills: faults.length, seed, faults });
      console.log(`${run}, save ${save} of each process: ${killsOf([round])} kills, the same bytes`);
    }
  }
} finally {
  remove();
}
