// The playground, clicked through in Chromium.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../bindings/index.js';
import { makeDigits } from '../../examples/playground/digits.js';
import { digitData } from '../../examples/playground/src/data/digits.js';
import { pointData } from '../../examples/playground/src/data/points.js';
import { INITIAL, parseState, type State } from '../../examples/playground/src/state/state.js';
import { Session } from '../../examples/playground/src/training/session.js';
import { axe, openSite, setting, shareOf, trainToEnd, visit, waitForHash, type Site, type Visit } from './support.js';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** Opens the page, runs the body, and sees that nothing was against the rules. */
async function onPage(
  body: (page: Page, visited: Visit) => Promise<void>,
  ...given: [hash?: string, options?: object]
): Promise<void> {
  const visited = await visit(site, ...given);
  try {
    await body(visited.page, visited);
    expect(visited.offences).toEqual([]);
  } finally {
    await visited.page.context().close();
  }
}

/** The hash of the weights that Node gets from the same settings. */
async function hashInNode(state: State): Promise<string> {
  const data = state.data === 'digits' ? digitData(makeDigits(), state, []) : pointData(state);
  const session = new Session(state, data, () => undefined);
  session.gate.open();
  const { sha256 } = (await session.run())!;
  await session.dispose();
  return sha256;
}

describe('data sets', () => {
  test.each(['spiral', 'circles', 'xor', 'gaussians'] as const)(
    '%s is learnt, to the bits that Node gets',
    async (data) => {
      await onPage(async (page) => {
        await (await setting(page, 'Data', 'Data set')).selectOption(data);
        const hash = await trainToEnd(page);
        expect(await shareOf(page, 'dev-accuracy')).toBeGreaterThan(0.9);
        expect(hash).toBe(await hashInNode({ ...INITIAL, data }));
      });
    },
  );

  test('digits: trained on, drawn, read, taught', async () => {
    await onPage(async (page) => {
      await page.getByRole('button', { name: 'Read digits' }).click();
      const hash = await trainToEnd(page);
      expect(await shareOf(page, 'dev-accuracy')).toBeGreaterThan(0.85);
      const state = parseState(new URL(page.url()).hash).state;
      expect(hash).toBe(await hashInNode(state));
      expect(await page.locator('.mistakes li').count()).toBeGreaterThan(0);
      await drawOne(page);
      const reading = page.locator('.reading');
      await reading.filter({ hasText: 'The net reads 1' }).waitFor();
      await page.getByRole('button', { name: 'Add the drawing to the training data as 1' }).click();
      await page.getByText('1 drawn by you').waitFor();
      expect(await trainToEnd(page)).not.toBe(hash);
      await page.getByRole('button', { name: 'Show a dev sample' }).click();
      await reading.filter({ hasText: '; it is' }).waitFor();
    });
  });

  test('a table: pasted, with its class column chosen; a broken one refused with the line', async () => {
    await onPage(async (page) => {
      await (await setting(page, 'Data', 'Data set')).selectOption('csv');
      await page.getByRole('alert').filter({ hasText: 'No table yet' }).waitFor();
      await page.getByLabel('Or paste it').fill('a,b,kind\n1,2,x\n3,4');
      await page.getByRole('button', { name: 'Use this table' }).click();
      await page.getByRole('alert').filter({ hasText: 'line 3' }).waitFor();
      await page.getByRole('button', { name: 'Use a sample' }).click();
      await page.getByText('willow').first().waitFor();
      await trainToEnd(page);
      expect(await shareOf(page, 'dev-accuracy')).toBeGreaterThan(0.85);
      await page.getByLabel('Class column').selectOption('stem');
      await page.getByRole('alert').filter({ hasText: 'different values' }).waitFor();
    });
  });
});

/** A vertical stroke: a one. */
async function drawOne(page: Page): Promise<void> {
  const box = (await page.locator('.pad').boundingBox())!;
  const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(0.55, 0.2));
  await page.mouse.down();
  for (let step = 1; step <= 10; step++) await page.mouse.move(...at(0.55 - 0.01 * step, 0.2 + 0.06 * step));
  await page.mouse.up();
}

describe('a run', () => {
  test('accuracy rises while it trains; pause holds it, step moves it by one, reset begins again', async () => {
    await onPage(async (page) => {
      const epoch = async () => Number.parseInt((await page.getByTestId('epoch').textContent())!);
      await page.getByRole('button', { name: 'Step' }).click();
      await expect.poll(epoch).toBe(1);
      const first = await shareOf(page, 'train-accuracy');
      await page.getByRole('button', { name: 'Go on' }).click();
      await expect.poll(epoch, { timeout: 20_000 }).toBeGreaterThan(60);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.waitForTimeout(200);
      const held = await epoch();
      expect(await shareOf(page, 'train-accuracy')).toBeGreaterThan(first + 0.1);
      await page.waitForTimeout(300);
      expect(await epoch()).toBe(held);
      await page.getByRole('button', { name: 'Step' }).click();
      await expect.poll(epoch).toBe(held + 1);
      await page.getByRole('button', { name: 'Reset' }).click();
      await expect.poll(epoch).toBe(0);
      expect(await trainToEnd(page)).toBe(await hashInNode(INITIAL));
    });
  });

  test('what is typed while it trains stays, and begins a run of its own once it is complete', async () => {
    await onPage(async (page) => {
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await expect.poll(() => shareOf(page, 'train-accuracy')).toBeGreaterThan(0);
      const units = page.getByLabel('Units of hidden layer 1');
      await units.click({ clickCount: 3 });
      await page.keyboard.press('3');
      await page.waitForTimeout(200);
      await page.keyboard.press('2');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.url()).toContain('net=32-16');
      await expect.poll(() => page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    });
  });

  test('stops early, and says where', async () => {
    await onPage(async (page) => {
      await page.getByRole('button', { name: 'Overfit, cured' }).click();
      await trainToEnd(page);
      await expect.poll(() => page.getByTestId('marker').textContent()).toMatch(/stopped early after epoch 1\d\d/);
      await page.getByText('Stopped early after epoch').first().waitFor({ state: 'attached' });
    });
  });

  test('gives its verdict on bias, variance and gradients', async () => {
    await onPage(async (page) => {
      const badge = (title: string) => page.getByRole('region', { name: title }).locator('.panel-head .badge');
      await page.getByRole('button', { name: 'Too simple' }).click();
      await trainToEnd(page);
      expect(await badge('Bias or variance').textContent()).toBe('Bias');
      await page.getByRole('button', { name: 'Overfit', exact: true }).click();
      await page.getByTestId('sha256').filter({ hasText: 'ended' }).waitFor();
      await trainToEnd(page);
      expect(await badge('Bias or variance').textContent()).toBe('Variance');
      await page.getByRole('button', { name: 'Vanishing gradients' }).click();
      await page.getByTestId('sha256').filter({ hasText: 'ended' }).waitFor();
      await trainToEnd(page);
      expect(await badge('Gradient health').textContent()).toBe('vanishing');
    });
  });

  test('that explodes is told as an error, and the next one trains', async () => {
    await onPage(async (page) => {
      await trainingError(page);
      await page.getByRole('button', { name: 'Learn the spiral' }).click();
      expect(await trainToEnd(page)).toBe(await hashInNode(INITIAL));
    }, '#data=spiral&act=relu&opt=sgd&rate=3&net=64-64-64&batch=1&seed=42');
  });

  const trainingError = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /finite/ })
      .waitFor();
  };
});

describe('taking it along', () => {
  test('a link gives the same state and the same bits', async () => {
    await onPage(async (page) => {
      await (await setting(page, 'Data', 'Data set')).selectOption('circles');
      await (await setting(page, 'Net', 'Activation')).selectOption('relu');
      await page.getByRole('button', { name: 'Add a layer' }).click();
      await page.getByLabel('Units of hidden layer 3').fill('5');
      await page.getByLabel('Units of hidden layer 3').blur();
      await (await setting(page, 'Regularisation', 'Penalty')).selectOption('elasticNet');
      await (await setting(page, 'Regularisation', 'Dropout')).fill('0.1');
      await (await setting(page, 'Net', 'Batch normalisation')).check();
      await (await setting(page, 'Training', 'Epochs')).fill('20');
      await (await setting(page, 'Randomness', 'Seed')).fill('7');
      await (await setting(page, 'Randomness', 'Seed')).blur();
      const hash = await trainToEnd(page);
      const link = await page.getByLabel('Link to these settings').inputValue();
      expect(link).toBe(page.url());
      await page.reload();
      expect(page.url()).toBe(link);
      expect(await (await setting(page, 'Regularisation', 'Penalty')).inputValue()).toBe('elasticNet');
      expect(await page.getByLabel('Units of hidden layer 3').inputValue()).toBe('5');
      expect(await trainToEnd(page)).toBe(hash);
      expect(parseState(new URL(link).hash).state).toMatchObject({
        data: 'circles',
        layers: [16, 16, 5],
        seed: 7,
        batchNorm: true,
      });
    });
  });

  test('a hostile link is told of, and changes nothing', async () => {
    await onPage(async (page) => {
      await page.getByRole('alert').filter({ hasText: 'Hidden layers, Learning rate, <img src=x onerror=' }).waitFor();
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.getByLabel('Units of hidden layer 1').inputValue()).toBe('16');
    }, '#net=9999&rate=__proto__&%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E=1');
  });

  test('the saved net is the net: it gives the same classes in Node', async () => {
    await onPage(async (page) => {
      await trainToEnd(page);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save as safetensors' }).click(),
      ]);
      expect(download.suggestedFilename()).toBe('spiral.safetensors');
      const model = await loadModel(new Uint8Array(await readFile(await download.path())));
      const { dev } = pointData(INITIAL);
      const classes = model.predictSync(dev.x).argMax();
      const right = classes.filter((label, i) => label === dev.y[i]).length / classes.length;
      expect(right).toBeCloseTo(await shareOf(page, 'dev-accuracy'), 3);
      model.dispose();
    });
  });
});

describe('for everyone', () => {
  test('by keyboard alone: a preset, a setting, training, pause', async () => {
    await onPage(async (page) => {
      const focused = () => page.evaluate(() => document.activeElement!.textContent.trim());
      const tabTo = async (wanted: string | RegExp, most = 60) => {
        for (let i = 0; i < most; i++) {
          await page.keyboard.press('Tab');
          const text = await focused();
          if (typeof wanted === 'string' ? text === wanted : wanted.test(text)) return;
        }
        throw new Error(`not reached by Tab: ${wanted}`);
      };
      await tabTo('Too simple');
      await page.keyboard.press('Enter');
      expect(new URL(page.url()).hash).toContain('net=0');
      await tabTo(/Train$/);
      await page.keyboard.press('Space');
      await tabTo(/^Figures$/, 30);
      await page.keyboard.press('Enter');
      expect(await page.getByRole('table', { name: 'Samples and share of the plane, by class' }).isVisible()).toBe(
        true,
      );
      await waitForHash(page);
      const spoken = page.getByRole('status').filter({ hasText: 'Finished after 60 epochs' });
      await spoken.waitFor({ state: 'attached' });
      await page.evaluate(() => scrollTo(0, 0));
      await page.keyboard.press('Control+Home');
      await page.locator('.skip').focus();
      await page.keyboard.press('Enter');
      await tabTo(/^Data/);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('x');
      expect(new URL(page.url()).hash).toContain('data=xor');
    });
  });

  test.each(['light', 'dark'] as const)('axe-core finds nothing, in %s', async (colorScheme) => {
    for (const hash of [
      '',
      '#data=digits&n=200&epochs=2',
      '#data=csv',
      '#net=12-12-12&act=sigmoid&opt=sgd&pen=l2&epochs=5',
    ]) {
      await onPage(
        async (page) => {
          if (!hash.includes('csv')) await trainToEnd(page);
          await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
          expect(await axe(page)).toEqual([]);
        },
        hash,
        { colorScheme },
      );
    }
  });

  test.each([320, 390, 768, 1280])('nothing is cut off at a width of %i', async (width) => {
    for (const hash of ['', '#data=digits&n=200&epochs=2', '#data=csv']) {
      await onPage(
        async (page) => {
          if (!hash.includes('csv')) await trainToEnd(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        },
        hash,
        { viewport: { width, height: 844 } },
      );
    }
  });

  test('colours follow the choice, and stay', async () => {
    await onPage(async (page) => {
      const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
      expect(await scheme()).toBe('light');
      await page.getByLabel('Colours').selectOption('dark');
      await expect.poll(scheme).toBe('dark');
      await page.reload();
      await expect.poll(scheme).toBe('dark');
    });
  });

  test('the page answers while the worker trains', async () => {
    await onPage(async (page) => {
      await page.getByLabel('Speed').selectOption('full');
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      const longest = await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const times: number[] = [];
            const note = (time: number) => {
              times.push(time);
              if (times.length < 60) requestAnimationFrame(note);
              else
                resolve(
                  times
                    .slice(1)
                    .map((at, i) => at - times[i]!)
                    .sort((a, b) => a - b)[Math.floor(0.8 * 59)]!,
                );
            };
            requestAnimationFrame(note);
          }),
      );
      expect(longest).toBeLessThan(150);
      await page.getByRole('button', { name: 'Pause' }).click();
    }, '#data=digits&n=1000&net=128-128&epochs=2000');
  });
});
