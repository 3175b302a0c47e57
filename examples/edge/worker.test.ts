// The worker on workerd, with the storage that miniflare keeps on disk.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, prepare, startHost, type EdgeHost } from './host.js';
import { moons } from './moons.js';
import { BINARY, encodeRows } from './src/rows.js';
import { issueToken } from './src/tokens.js';

const SECRET = 'the secret of a test';
const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-edge-test-'));
let program: Awaited<ReturnType<typeof bundle>>;
let host: EdgeHost;
let users = 0;

interface Problem {
  status: number;
  code: string;
  detail: string;
}

beforeAll(async () => {
  prepare();
  program = await bundle();
  host = await startHost(program, { secret: SECRET, folder });
});

afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const newUser = (): Promise<string> => issueToken(SECRET, `user-${users++}`);

const send = (token: string, method: string, path: string, body?: BodyInit, type = 'application/json') =>
  host.fetch(path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body }),
  });

const post = (token: string, path: string, json: unknown) => send(token, 'POST', path, JSON.stringify(json));

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  return problem;
}

const { data, labels } = moons(200, 1);
const rows = Array.from({ length: 200 }, (_, i) => [data[2 * i]!, data[2 * i + 1]!]);
const TRAIN = { rows, labels: [...labels], epochs: 20, budgetMs: 5000 };

describe('a user', () => {
  test('trains by JSON, asks by bytes, and gets the same as by JSON', async () => {
    const token = await newUser();
    const trained = await post(token, '/train', TRAIN);
    expect(trained.status).toBe(200);
    const report = (await trained.json()) as { epochs: number; columns: number; metrics: Record<string, number> };
    expect(report.columns).toBe(2);
    expect(report.epochs).toBeGreaterThan(3);
    expect(report.metrics.val_accuracy).toBeGreaterThan(0.7);
    const bytes = await send(token, 'POST', '/predict', encodeRows(data, 200), BINARY);
    const json = await post(token, '/predict', { rows });
    const predicted = (await bytes.json()) as { classes: number[]; scores: number[][] };
    expect(predicted).toEqual(await json.json());
    expect(predicted.classes).toHaveLength(200);
    expect(predicted.classes.filter((label, i) => label === labels[i]).length).toBeGreaterThan(150);
    expect(await (await send(token, 'GET', '/model')).json()).toEqual(report);
  });

  test('trains values, with settings in the query', async () => {
    const token = await newUser();
    const query = '/train?task=regression&hidden=16,8&budgetMs=10000&epochs=3&batchSize=16';
    const values = data.filter((_, i) => i % 2 === 0);
    const trained = await send(token, 'POST', query, encodeRows(data, 200, values), BINARY);
    expect(await trained.json()).toMatchObject({ task: 'regression', epochs: 3, stoppedBy: 'epochs' });
    const predicted = (await (await post(token, '/predict', { rows: rows.slice(0, 3) })).json()) as {
      values: number[];
    };
    expect(predicted.values).toHaveLength(3);
  });

  test('downloads the model, and forgets it', async () => {
    const token = await newUser();
    await post(token, '/train', TRAIN);
    const file = new Uint8Array(await (await send(token, 'GET', '/model.safetensors')).arrayBuffer());
    expect(new TextDecoder().decode(file.subarray(8, 40))).toContain('{"__metadata__"');
    expect((await send(token, 'DELETE', '/model')).status).toBe(204);
    expect((await problemOf(await post(token, '/predict', { rows }))).code).toBe('no-model');
  });

  test('never sees the model of another', async () => {
    const [anna, ben] = [await newUser(), await newUser()];
    await post(anna, '/train', TRAIN);
    expect((await problemOf(await send(ben, 'GET', '/model'))).code).toBe('no-model');
    const [user] = anna.split('.');
    for (const foreign of [
      `${user}.${ben.split('.')[1]}`,
      await issueToken('another secret', user!),
      user!,
      '',
      `${anna}0`,
    ]) {
      const problem = await problemOf(await send(foreign, 'GET', '/model'));
      expect(problem).toMatchObject({ status: 401, code: 'bad-token' });
    }
  });
});

describe('what is refused, and why', () => {
  const cases: [string, unknown, string, RegExp][] = [
    ['rows of unequal length', { ...TRAIN, rows: [[1, 2], [3]] }, 'wrong-shape', /rows\[1\]: expected 2 numbers/],
    ['no rows', { labels: [1] }, 'wrong-shape', /rows: expected a list/],
    [
      'a text among the numbers',
      { ...TRAIN, rows: [['1', 2]] },
      'bad-request',
      /rows\[0\]\[0\]: expected a finite number, got "1"/,
    ],
    ['a number that is not finite', { ...TRAIN, rows: [[null, 2]] }, 'bad-request', /got null/],
    ['too few labels', { ...TRAIN, labels: [1] }, 'wrong-shape', /labels: expected 200, one a row, got 1/],
    ['a class number too large', { ...TRAIN, labels: TRAIN.labels.map(() => 64) }, 'wrong-shape', /from 0 to 63/],
    ['a setting that is unknown', { ...TRAIN, layers: 3 }, 'bad-request', /Unknown setting 'layers'/],
    [
      'too many units',
      { ...TRAIN, hidden: [4096] },
      'limit-exceeded',
      /hidden\[0\]: expected a whole number from 1 to 128/,
    ],
    ['too large a budget', { ...TRAIN, budgetMs: 1e9 }, 'limit-exceeded', /budgetMs/],
    ['too many columns', { ...TRAIN, rows: [new Array(300).fill(0)] }, 'limit-exceeded', /256 columns, got 1 of 300/],
  ];

  test.each(cases)('%s', async (_, body, code, detail) => {
    const problem = await problemOf(await post(await newUser(), '/train', body));
    expect(problem.code).toBe(code);
    expect(problem.detail).toMatch(detail);
  });

  test('rows of another width than the model was trained on', async () => {
    const token = await newUser();
    await post(token, '/train', TRAIN);
    const problem = await problemOf(await post(token, '/predict', { rows: [[1, 2, 3]] }));
    expect(problem).toMatchObject({ code: 'wrong-shape', status: 422 });
    expect(problem.detail).toContain('trained on 2 columns, got 3');
  });

  test('what is no JSON, no known type, no known path or method', async () => {
    const token = await newUser();
    expect((await problemOf(await send(token, 'POST', '/train', '{"rows":'))).code).toBe('bad-request');
    expect((await problemOf(await send(token, 'POST', '/train', '[1]'))).code).toBe('bad-request');
    expect((await problemOf(await send(token, 'POST', '/train', 'x', 'text/csv'))).code).toBe(
      'unsupported-content-type',
    );
    expect((await problemOf(await send(token, 'GET', '/models'))).code).toBe('not-found');
    const wrong = await send(token, 'GET', '/train');
    expect(wrong.headers.get('allow')).toBe('POST');
    expect((await problemOf(wrong)).code).toBe('method-not-allowed');
  });

  test('bytes that are not what their header says', async () => {
    const token = await newUser();
    const whole = encodeRows(data, 200, labels);
    for (const at of [0, 5, 9, 13]) {
      const broken = whole.slice();
      broken[at]! ^= 0xff;
      expect((await send(token, 'POST', '/predict', broken, BINARY)).status).toBeGreaterThanOrEqual(400);
    }
    const problem = await problemOf(await send(token, 'POST', '/predict', whole.slice(0, -1), BINARY));
    expect(problem.code).toBe('wrong-shape');
  });

  test('a body that is too large, also one that does not say how large it is', async () => {
    const large = new Uint8Array(2_000_001);
    expect((await problemOf(await send(await newUser(), 'POST', '/predict', large, BINARY))).code).toBe(
      'body-too-large',
    );
    let pieces = 0;
    const unsaid = new ReadableStream({
      pull: (controller) => (pieces++ < 21 ? controller.enqueue(new Uint8Array(100_000)) : controller.close()),
    });
    const streamed = await host.fetch('/predict', {
      ...{ method: 'POST', body: unsaid, duplex: 'half' },
      headers: { authorization: `Bearer ${await newUser()}`, 'content-type': BINARY },
    });
    expect((await problemOf(streamed)).code).toBe('body-too-large');
  });

  test('a user who asks too often, until a while has passed', async () => {
    const token = await newUser();
    const small = { rows: rows.slice(0, 10), labels: [...labels.slice(0, 10)], epochs: 1, budgetMs: 5000 };
    const responses: Response[] = [];
    for (let i = 0; i < 6; i++) responses.push(await post(token, '/train', small));
    expect(responses[0]!.status).toBe(200);
    const refused = responses.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await problemOf(refused)).detail).toMatch(/At most 12 times train a minute. Wait \d+ s/);
    // Others are not held up.
    expect((await post(await newUser(), '/train', small)).status).toBe(200);
  });
});

describe('storage', () => {
  test('a restart changes nothing', async () => {
    const token = await newUser();
    await post(token, '/train', TRAIN);
    const before: unknown = await (await post(token, '/predict', { rows })).json();
    await host.close();
    host = await startHost(program, { secret: SECRET, folder });
    expect(await (await post(token, '/predict', { rows })).json()).toEqual(before);
  });

  test('a model that was damaged on disk is refused, and can be trained again', async () => {
    const token = await newUser();
    await post(token, '/train', TRAIN);
    await host.close();
    await damage(token);
    host = await startHost(program, { secret: SECRET, folder });
    const problem = await problemOf(await post(token, '/predict', { rows }));
    expect(problem).toMatchObject({ status: 409, code: 'stored-model-unreadable' });
    expect(problem.detail).toContain('Train it again');
    expect((await post(token, '/train', TRAIN)).status).toBe(200);
    expect((await post(token, '/predict', { rows })).status).toBe(200);
  });
});

/** A worker in the place of ours, on the same storage: changes a byte of the model of the user that a request names. */
const VANDAL = `import { DurableObject } from 'cloudflare:workers';
export class UserModel extends DurableObject {
  async fetch() {
    let damaged = 0;
    for (const [key, value] of await this.ctx.storage.list()) {
      if (!/^wasmgrad\\/model\\/\\d+\\/0$/.test(key)) continue;
      value[value.length - 3] ^= 1;
      await this.ctx.storage.put(key, value);
      damaged++;
    }
    return Response.json(damaged);
  }
}
export default {
  fetch: (request, env) => env.MODELS.get(env.MODELS.idFromName(new URL(request.url).pathname.slice(1))).fetch(request),
};`;

async function damage(token: string): Promise<void> {
  const vandal = await startHost({ ...program, script: VANDAL }, { secret: SECRET, folder });
  const damaged: unknown = await (await vandal.fetch(`/${token.split('.')[0]}`)).json();
  expect(damaged).toBe(1);
  await vandal.close();
}
