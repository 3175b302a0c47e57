// The programs of docs/migrating-from-tfjs.md that follow "After:" run as they stand there.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as tfjs from '../../bindings/formats/tfjs/index.js';
import * as wasmgrad from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

const page = readFileSync(new URL('../../docs/migrating-from-tfjs.md', import.meta.url), 'utf8');
const programs = [...page.matchAll(/After:\n\n```js\n([\s\S]*?)```/g)].map(([, text]) => text!);

/** Runs a program as a module; gives the variable that it ends with. */
async function run(program: string, wanted: string, given: object): Promise<unknown> {
  Object.assign(globalThis, { migration: { wasmgrad, 'wasmgrad/tfjs': tfjs, given } });
  const body = program.replace(/import (\{[^}]*\}) from '([^']*)';/g, "const $1 = globalThis.migration['$2'];");
  const names = Object.keys(given).join(', ');
  const text = `const { ${names} } = globalThis.migration.given;\n${body}\nexport default ${wanted};`;
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as {
    default: unknown;
  };
  return module.default;
}

describe('docs/migrating-from-tfjs.md', () => {
  test('has the programs', () => expect(programs.length).toBe(3));

  test('a model', async () => {
    const given = { x: drawValues(600, 1), y: Int32Array.from({ length: 150 }, (_, i) => i % 3) };
    expect(Array.from((await run(programs[0]!, 'classes', given)) as ArrayLike<number>).length).toBe(150);
  });

  test('two inputs', async () => {
    const net = (await run(programs[1]!, 'net', {})) as wasmgrad.Model;
    expect(net.predictSync([drawValues(4, 1), drawValues(2, 2)]).data.length).toBe(1);
  });

  test('a model that is trained already', async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      const name = url.split('/').at(-1)!;
      return Promise.resolve({
        arrayBuffer: () => Promise.resolve(readFileSync(new URL(`./fixtures/${name}`, import.meta.url))),
      });
    };
    const net = (await run(programs[2]!, 'model', { fetch })) as wasmgrad.Model;
    expect(asked.at(-1)).toBe('https://example.com/model/group1-shard1of1.bin');
    expect(net.summary()).toContain('conv2d');
  });
});
