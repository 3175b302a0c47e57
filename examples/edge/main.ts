// npm run example:edge: trains two users' models on a worker of this machine, asks them, restarts it, and asks again.
// With `-- --serve` it stays, and prints a token.

import { parseArgs } from 'node:util';
import { percent, table } from '../figures.js';
import { bundle, prepare, startHost, withFolder, type EdgeHost } from './host.js';
import { moons } from './moons.js';
import { BINARY, encodeRows } from './src/rows.js';
import { issueToken } from './src/tokens.js';

const { values } = parseArgs({ options: { serve: { type: 'boolean', default: false } } });
const SECRET = 'a secret for this machine alone';

prepare();
const program = await bundle();
console.log(
  `worker: ${(program.script.length / 1000).toFixed(0)} kB of JavaScript, ${(program.core.length / 1000).toFixed(0)} kB of core\n`,
);
await (values.serve ? serve() : withFolder(demo));

async function serve(): Promise<void> {
  const host = await startHost(program, { secret: SECRET, folder: '.edge', port: 8787 });
  console.log(
    `${host.url.href}\nAuthorization: Bearer ${await issueToken(SECRET, 'you')}\nCtrl-C ends it; models are kept in .edge`,
  );
}

async function demo(folder: string): Promise<void> {
  const [anna, ben] = await Promise.all(['anna', 'ben'].map((user) => clientOf(user)));
  let host = await startHost(program, { secret: SECRET, folder });
  const { data, labels } = moons(600, 1);
  const test = moons(200, 2);
  const reports = [
    ['anna', await anna!.train(host, data, labels, 'budgetMs=400')],
    ['ben', await ben!.train(host, data, labels, 'budgetMs=60&hidden=64,64')],
  ] as const;
  console.log(
    table([
      ['user', 'epochs', 'stopped by', 'ms', 'accuracy held out'],
      ...reports.map(([user, { epochs, stoppedBy, milliseconds, metrics }]) => [
        ...[user, String(epochs), stoppedBy, String(milliseconds), percent(metrics.val_accuracy!)],
      ]),
    ]),
  );
  const before = await anna!.predict(host, test.data, 200);
  await host.close();

  const began = performance.now();
  host = await startHost(program, { secret: SECRET, folder });
  const started = performance.now();
  await anna!.predict(host, test.data.slice(0, 2), 1);
  const first = performance.now();
  await anna!.predict(host, test.data.slice(0, 2), 1);
  const second = performance.now();
  const after = await anna!.predict(host, test.data, 200);
  await host.close();
  const right = after.filter((label, i) => label === test.labels[i]).length / 200;
  console.log(
    `\nafter a restart: ${after.join() === before.join() ? 'the same' : 'OTHER'} predictions, ${percent(right)} of new points right`,
  );
  console.log(
    table([
      ['start of workerd', `${(started - began).toFixed(0)} ms`],
      ['first prediction: isolate, core, stored model', `${(first - started).toFixed(0)} ms`],
      ['second prediction', `${(second - first).toFixed(1)} ms`],
    ]),
  );
}

interface Report {
  epochs: number;
  stoppedBy: string;
  milliseconds: number;
  metrics: Record<string, number>;
}

/** What a user's program does. */
async function clientOf(user: string) {
  const authorization = `Bearer ${await issueToken(SECRET, user)}`;
  const post = async (host: EdgeHost, path: string, body: BodyInit): Promise<unknown> => {
    const response = await host.fetch(path, {
      method: 'POST',
      body,
      headers: { authorization, 'content-type': BINARY },
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  return {
    train: async (host: EdgeHost, data: Float32Array, labels: Int32Array, query: string) =>
      (await post(host, `/train?${query}`, encodeRows(data, labels.length, labels))) as Report,
    predict: async (host: EdgeHost, data: Float32Array, rows: number) =>
      ((await post(host, '/predict', encodeRows(data, rows))) as { classes: number[] }).classes,
  };
}
