// Pages of charts: complete, closed in themselves, and safe with any name.

import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import {
  choice,
  conditional,
  integer,
  logUniform,
  medianPruner,
  randomSearch,
  study,
  uniform,
} from '../../bindings/selection/index.js';
import { histogramOf, imageSamples, learningCurves, report } from '../../bindings/report/index.js';
import { imageAddress } from '../../bindings/report/images.js';

const HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>';
const history = {
  epoch: [0, 1, 2],
  history: { loss: [3, 2, 1], val_loss: [3, 2.5, 2.4], accuracy: [0.1, 0.5, 0.8], val_accuracy: [0.1, 0.4, 0.6] },
};
const histogram = histogramOf([-1, -0.5, 0, 0.1, 0.2, 1], 4);
const red = Uint8Array.from({ length: 16 }, (_, i) => (i % 4 === 0 || i % 4 === 3 ? 255 : 0));
const page = (name: string) =>
  report(history, {
    title: name,
    text: name,
    classes: [name, 'other'],
    confusion: {
      [name]: [
        [3, 1],
        [0, 5],
      ],
    },
    roc: { [name]: { falsePositiveRate: [0, 0.2, 1], truePositiveRate: [0, 0.8, 1], area: 0.8 } },
    calibration: { [name]: { error: 0.1, bins: [{ low: 0, high: 1, weight: 3, confidence: 0.4, accuracy: 0.5 }] } },
    weights: { [name]: histogram },
    gradients: { [name]: histogram },
    decisionBoundary: { x: [0, 1, 2], y: [0, 1], classes: [0, 1, 1, 0, 0, 1], points: [{ x: 0.5, y: 0.5, label: 1 }] },
    augmentation: { width: 2, height: 2, images: [red], labels: [name] },
  });
const emptyDocument = () => parseHTML('<html><body></body></html>').document;

test('every chart is drawn, and has the table of its figures below it', async () => {
  const { document } = parseHTML(await page('model'));
  const figures = [...document.querySelectorAll('figure.wasmgrad-figure')];
  expect(figures).toHaveLength(8);
  for (const figure of figures) {
    const title = figure.querySelector('figcaption')!.textContent;
    expect(figure.querySelectorAll('svg path, svg rect, svg circle, img').length, title).toBeGreaterThan(0);
    expect(figure.querySelectorAll('table tr').length, title).toBeGreaterThan(1);
  }
});

test('a page loads and runs nothing', async () => {
  const text = await page('model');
  const { document } = parseHTML(text);
  expect(document.querySelectorAll('script, link, iframe, object, embed')).toHaveLength(0);
  for (const image of document.querySelectorAll('[src]')) expect(image.getAttribute('src')).toMatch(/^data:image\/bmp/);
  expect(text.replaceAll(/"http:\/\/www\.w3\.org\/[^"]*"/g, '')).not.toMatch(/https?:|url\(|@import/);
});

test('names are text, never markup', async () => {
  const { document } = parseHTML(await page(HOSTILE));
  expect(document.querySelectorAll('script, [onerror], [src=x]')).toHaveLength(0);
  for (const selector of ['h1', 'p', 'title']) expect(document.querySelector(selector)!.textContent).toBe(HOSTILE);
  expect(document.querySelector('img')!.getAttribute('alt')).toBe(HOSTILE);
});

test('a chart is an element of the document that it is given', () => {
  const document = emptyDocument();
  const figure = learningCurves(history, { document });
  document.body.append(figure);
  expect(document.querySelectorAll('figure.wasmgrad-figure tr')).toHaveLength(1 + 4 * 3);
});

test('histograms count every value, and images keep their bytes', () => {
  expect(histogram).toEqual({ low: -1, high: 1, counts: [1, 1, 3, 1] });
  const bytes = Buffer.from(imageAddress(red, 2, 2).split(',')[1]!, 'base64');
  expect(bytes.readUInt32LE(2)).toBe(bytes.length);
  expect([...bytes.subarray(bytes.readUInt32LE(10))]).toEqual([...red]);
});

test('what does not fit is an error that says so', async () => {
  expect(() => learningCurves(history)).toThrow(/learningCurves: there is no page .* Give document/);
  const samples = { width: 3, height: 2, images: [red] };
  expect(() => imageSamples(samples, { document: emptyDocument() })).toThrow(/image 0 has 16 bytes, expected 24/);
  await expect(report({} as never)).rejects.toThrow(/expected the history of fit or a study/);
  await expect(report(history, { titel: 'x' } as never)).rejects.toThrow(/title/);
});

/** A search with pruned and failed trials, and a parameter that only some have. */
const search = (name: string) =>
  study({
    space: {
      rate: logUniform(1e-3, 1),
      [name]: choice([name, 'plain']),
      share: conditional(name, [name], uniform(0, 1)),
      width: integer(1, 9),
    },
    objective: async ({ rate, share, width }, { report: tell, seed }) => {
      const value = rate + ((share as number | undefined) ?? 0) + width / 9;
      await tell(value);
      return seed % 7 === 0 ? NaN : value;
    },
    sampler: randomSearch(),
    pruner: medianPruner(),
    trials: 30,
  });

test('a search has its history, parameters, slices and importance, and each has its trials as a table', async () => {
  const result = await search('kind');
  expect(new Set(result.trials.map(({ state }) => state))).toEqual(new Set(['complete', 'pruned', 'failed']));
  const { document } = parseHTML(await report(result, { title: 'Search' }));
  const figures = [...document.querySelectorAll('figure.wasmgrad-figure')];
  expect(figures.map((own) => own.querySelectorAll('table tr').length)).toEqual([31, 31, 31, 4]);
  expect(figures[2]!.querySelectorAll('svg')).toHaveLength(4);
  for (const own of figures) expect(own.querySelectorAll('svg path, svg rect, svg circle').length).toBeGreaterThan(0);
  const [, first] = figures[0]!.querySelectorAll('table tr');
  expect(first!.textContent).toContain(`${result.best!.number}complete`);
});

test('a search of which nothing came is a page all the same; names in it are text', async () => {
  const space = { rate: uniform(0, 1) };
  const none = await study({ space, objective: () => NaN, trials: 2 });
  expect(parseHTML(await report(none)).document.querySelectorAll('figure.wasmgrad-figure')).toHaveLength(1);
  const { document } = parseHTML(await report(await search(HOSTILE)));
  expect(document.querySelectorAll('script, [onerror], [src=x]')).toHaveLength(0);
});
