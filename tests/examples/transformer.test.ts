// The character-level transformer of examples/transformer, on a small budget.

import { expect, test } from 'vitest';
import { IGNORED, loadText, windows } from '../../examples/transformer/text.js';
import { buildModel, run } from '../../examples/transformer/transformer.js';

test('the transformer predicts better than frequencies of characters, with tied embeddings', async () => {
  const text = loadText(20_000);
  const sizes = { length: 32, width: 32, heads: 2, blocks: 1 };
  const prompt = 'Call me';
  const result = await run({ text, epochs: 5, sizes, sampleLength: 20, prompt });
  expect(result.bits).toBeLessThan(result.unigramBits - 0.4);
  expect(result.parameters).toContain('characters/embeddings');
  expect(result.parameters.filter((path) => path.startsWith('logits'))).toEqual([]);
  expect(result.sample.startsWith(prompt)).toBe(true);
  expect(result.sample).toHaveLength(prompt.length + 20);
});

test('what comes later changes no earlier prediction', () => {
  const [length, symbols] = [8, 10];
  using model = buildModel(symbols, { length, width: 16, heads: 2, blocks: 2 });
  const predict = (last: number) => {
    const data = Int32Array.from({ length }, (_, i) => (i === length - 1 ? last : (3 * i) % symbols));
    return [...model.predictSync({ data, shape: [1, length] }).data];
  };
  const [a, b] = [predict(1), predict(2)];
  const before = (length - 1) * symbols;
  expect(a.slice(0, before)).toEqual(b.slice(0, before));
  expect(a.slice(before)).not.toEqual(b.slice(before));
});

test('windows: each label is the character that follows, and only the last ones count where told', () => {
  const characters = Int32Array.from({ length: 11 }, (_, i) => i);
  const { x, y, count } = windows(characters, 4, 2, 2);
  expect(count).toBe(4);
  expect([...x.data.subarray(4, 8)]).toEqual([2, 3, 4, 5]);
  expect([...y.data.subarray(4, 8)]).toEqual([IGNORED, IGNORED, 5, 6]);
  // Every character that has two before it is counted once.
  expect([...y.data].filter((label) => label !== IGNORED)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
});

test('the held-out text is the end of the text', () => {
  const { alphabet, train, test: unseen } = loadText();
  const whole = [...train, ...unseen].map((character) => alphabet[character]).join('');
  expect(whole.startsWith('CHAPTER 1. Loomings.')).toBe(true);
  expect(unseen.length / whole.length).toBeCloseTo(0.1, 4);
  expect(whole).not.toMatch(/[<>]/);
});
