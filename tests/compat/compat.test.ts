// Files of every released version of the format load for ever, predict what they did, and train on.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SAVED_MODEL } from '../../bindings/model/saving/save.js';
import { USES, type Figures } from './use.js';

const here = import.meta.dirname;
const folders = readdirSync(here).filter((name) => name.startsWith('version-'));
const files = folders.flatMap((folder) =>
  readdirSync(join(here, folder))
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => [`${folder}/${name}`, name.replace('.safetensors', '')] as const),
);

test('there are files of every version', () => {
  expect(folders.sort()).toEqual(Array.from({ length: SAVED_MODEL.version }, (_, i) => `version-${i + 1}`));
  expect(files).toHaveLength(SAVED_MODEL.version * Object.keys(USES).length);
});

/** Equal to five digits: kernels may sum in another order some day. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) =>
    expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i]!))),
  );
}

test.each(files)('%s', async (path, name) => {
  const expected = JSON.parse(readFileSync(join(here, path.replace('.safetensors', '.json')), 'utf8')) as Figures;
  const { predictions, losses } = await USES[name]!(readFileSync(join(here, path)));
  expect(predictions.length).toBe(expected.predictions.length);
  predictions.forEach((values, i) => expectClose(values, expected.predictions[i]!));
  expectClose(losses ?? [], expected.losses ?? []);
});
