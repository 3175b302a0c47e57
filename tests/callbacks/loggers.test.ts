// Loggers: the text they write, and where it may go.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { csvLogger, dense, jsonLinesLogger, OptionError, sequential } from '../../bindings/index.js';
import { fileSink } from '../../bindings/node.js';
import { drawSamples, expectError } from '../model/support.js';
import { drive } from './support.js';

/** A sink that keeps what is written. */
function collector() {
  const pieces: string[] = [];
  return { text: () => pieces.join(''), write: (text: string) => void pieces.push(text) };
}

test('csvLogger: heading, epochs, all digits of the numbers', async () => {
  const { text, write } = collector();
  await drive(csvLogger({ write }), [
    { loss: 0.1 + 0.2, accuracy: 1 },
    { loss: NaN, accuracy: 1e-7 },
  ]);
  expect(text()).toBe('epoch,loss,accuracy\n0,0.30000000000000004,1\n1,NaN,1e-7\n');
});

test('csvLogger: fields with separators, quotes and line breaks are quoted', async () => {
  const { text, write } = collector();
  await drive(csvLogger({ write }), [{ 'a,b': 1, 'say "x"': 2, 'c\nd': 3, e: 4 }]);
  expect(text()).toBe('epoch,"a,b","say ""x""","c\nd",e\n0,1,2,3,4\n');
  const semicolons = collector();
  await drive(csvLogger({ write: semicolons.write, separator: ';' }), [{ 'a,b': 1, 'c;d': 2 }]);
  expect(semicolons.text()).toBe('epoch;a,b;"c;d"\n0;1;2\n');
});

test('csvLogger: append writes no heading; a figure that is gone leaves its field empty, a new one is an error', async () => {
  const { text, write } = collector();
  await drive(csvLogger({ write, append: true }), [{ loss: 1, accuracy: 0 }, { loss: 2 }]);
  expect(text()).toBe('0,1,0\n1,2,\n');
  const grown = () => drive(csvLogger({ write }), [{ loss: 1 }, { loss: 1, more: 2 }]);
  await expectError(grown, OptionError, 'INVALID_OPTION', "'more'", 'epoch 1');
});

test('jsonLinesLogger: an object a line', async () => {
  const { text, write } = collector();
  await drive(jsonLinesLogger({ write }), [{ loss: 0.5, 'say "x"': 1 }, { loss: NaN }]);
  expect(text()).toBe('{"epoch":0,"loss":0.5,"say \\"x\\"":1}\n{"epoch":1,"loss":null}\n');
  expect(JSON.parse(text().split('\n')[0]!)).toEqual({ epoch: 0, loss: 0.5, 'say "x"': 1 });
});

test('a slow function is awaited, a stream of Node and a web stream are written to', async () => {
  const seen: string[] = [];
  const slow = async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    seen.push(text);
  };
  await drive(jsonLinesLogger({ write: slow }), [{ loss: 1 }]);
  expect(seen).toEqual(['{"epoch":0,"loss":1}\n']);

  const stream = new PassThrough();
  await drive(jsonLinesLogger({ write: stream }), [{ loss: 2 }]);
  expect(String(stream.read())).toBe('{"epoch":0,"loss":2}\n');

  const web = new WritableStream<string>({ write: (text) => void seen.push(text) });
  await drive(jsonLinesLogger({ write: web }), [{ loss: 3 }, { loss: 4 }]);
  await web.close();
  expect(seen.slice(1)).toEqual(['{"epoch":0,"loss":3}\n', '{"epoch":1,"loss":4}\n']);
});

test('files: folders are made, a new run replaces, append goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
  try {
    const path = join(folder, 'a', 'run.csv');
    const logs = [{ loss: 1 }];
    await drive(csvLogger({ write: fileSink(path) }), logs);
    await drive(csvLogger({ write: fileSink(path) }), logs);
    await drive(csvLogger({ write: fileSink(path, { append: true }), append: true }), [{ loss: 2 }, { loss: 3 }]);
    expect(readFileSync(path, 'utf8')).toBe('epoch,loss\n0,1\n0,2\n1,3\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the figures of a real run', async () => {
  const { x, y } = drawSamples(10, 2);
  using net = sequential([dense(1, { inputShape: [2] })], { seed: 1 });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const { text, write } = collector();
  const { history } = await net.fit(x, y, { epochs: 2, validationSplit: 0.2, callbacks: [csvLogger({ write })] });
  const rows = [0, 1].map((epoch) => `${epoch},${history['loss']![epoch]},${history['val_loss']![epoch]}\n`);
  expect(text()).toBe(`epoch,loss,val_loss\n${rows.join('')}`);
});

test.each([
  [() => csvLogger({ write: 'path' as never }), "csvLogger: write must be a function or a stream, got 'path'"],
  [() => csvLogger({ write: () => 0, separator: '"' }), 'separator'],
  [() => csvLogger({ write: () => 0, seperator: ';' } as never), "mean 'separator'"],
  [() => jsonLinesLogger({ write: null as never }), 'jsonLinesLogger: write'],
])('wrong options are told: %#', async (make, words) => {
  await expectError(make, OptionError, 'INVALID_OPTION', words);
});
