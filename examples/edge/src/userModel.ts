// The model of one user: a Durable Object, so that two trainings of one user never run at once and what was kept last is what is read.

import {
  FormatError,
  init,
  keyValueStore,
  loadPreprocessedModel,
  type ModelStore,
  type PreprocessedModel,
} from 'wasmgrad';
import { DurableObject } from 'cloudflare:workers';
import { LIMITS } from './limits.js';
import { Problem } from './problem.js';
import { RateLimit } from './rateLimit.js';
import { readBody } from './readBody.js';
import { parseBody } from './rows.js';
import { readSettings } from './settings.js';
import { checkBudget, train, type Clock, type TrainReport } from './train.js';

/** A value of a Durable Object's storage has at most so many bytes. */
const MAXIMUM_VALUE_BYTES = 131_072;
const KEY = 'model';
const REPORT = 'report';

const CLOCK: Clock = { now: () => Date.now(), tick: () => new Promise((resolve) => setTimeout(resolve, 0)) };

/** A model with the report of its training. */
interface Kept {
  model: PreprocessedModel;
  report: TrainReport;
}

export class UserModel extends DurableObject {
  private readonly store: ModelStore;
  private readonly rates = new RateLimit();
  private kept: Kept | undefined;
  /** The request that is worked on: the next one waits for it. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    this.store = keyValueStore(state.storage, { maximumValueBytes: MAXIMUM_VALUE_BYTES });
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    try {
      // Does nothing from the second time on.
      await init({ maximumBytes: LIMITS.memoryBytes });
      const action = ACTIONS[`${request.method} ${pathname}`]!;
      const mine = this.last.then(() => action(this, request));
      this.last = mine.catch(() => undefined);
      return await mine;
    } catch (error) {
      if (error instanceof Problem) return error.toResponse();
      throw error;
    }
  }

  async train(request: Request): Promise<Response> {
    this.rates.take('train', CLOCK.now());
    const { rows, settings } = parseBody(request, await readBody(request));
    const chosen = readSettings(settings);
    const { model, report } = await train(rows, chosen, CLOCK);
    try {
      checkBudget(report, chosen.budgetMilliseconds);
      await this.store.set(KEY, await model.save());
      await this.ctx.storage.put(REPORT, report);
    } catch (error) {
      model.model.dispose();
      throw error;
    }
    this.release();
    this.kept = { model, report };
    return Response.json(report);
  }

  async predict(request: Request): Promise<Response> {
    this.rates.take('predict', CLOCK.now());
    const { rows } = parseBody(request, await readBody(request));
    const { model, report } = await this.load();
    if (rows.columns !== report.columns) {
      throw new Problem(
        'wrong-shape',
        `rows: the model was trained on ${report.columns} columns, got ${rows.columns}.`,
      );
    }
    const prediction = await model.predict({ data: rows.data, shape: [rows.rows, rows.columns] });
    if (report.task === 'regression') return Response.json({ values: [...prediction.data] });
    return Response.json({ classes: [...prediction.argMax()], scores: prediction.rows().map((row) => [...row]) });
  }

  async describe(): Promise<Response> {
    return Response.json(await this.report());
  }

  /** The file, for any reader of safetensors. */
  async download(): Promise<Response> {
    const bytes = await this.store.get(KEY);
    if (!bytes) throw noModel();
    return new Response(bytes, {
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename="model.safetensors"',
      },
    });
  }

  async forget(): Promise<Response> {
    this.release();
    await this.ctx.storage.deleteAll();
    return new Response(null, { status: 204 });
  }

  /** The model in memory, or else of the storage. */
  private async load(): Promise<Kept> {
    return (this.kept ??= { model: await this.loadModel(), report: await this.report() });
  }

  private async loadModel(): Promise<PreprocessedModel> {
    const bytes = await this.store.get(KEY);
    if (!bytes) throw noModel();
    try {
      return await loadPreprocessedModel(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new Problem('stored-model-unreadable', `The stored model is damaged. Train it again. ${error.message}`);
    }
  }

  private release(): void {
    this.kept?.model.model.dispose();
    this.kept = undefined;
  }

  private async report(): Promise<TrainReport> {
    const report = await this.ctx.storage.get<TrainReport>(REPORT);
    if (report) return report;
    throw noModel();
  }
}

const noModel = (): Problem =>
  new Problem('no-model', 'There is no model of this user yet. POST rows and labels to /train.');

/** What a user may do, by method and path. */
export const ACTIONS: Readonly<Record<string, (model: UserModel, request: Request) => Promise<Response>>> = {
  'POST /train': (model, request) => model.train(request),
  'POST /predict': (model, request) => model.predict(request),
  'GET /model': (model) => model.describe(),
  'GET /model.safetensors': (model) => model.download(),
  'DELETE /model': (model) => model.forget(),
};
