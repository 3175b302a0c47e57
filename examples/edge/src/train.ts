// Trains a small model within a budget of milliseconds.

import {
  adam,
  dense,
  earlyStopping,
  pipeline,
  sequential,
  standardScaler,
  withPreprocessing,
  type Callback,
  type PreprocessedModel,
} from 'wasmgrad';
import { shuffledIndices } from '../../random.js';
import { Problem } from './problem.js';
import type { Rows } from './rows.js';
import { labelsFor, type TrainSettings } from './settings.js';

export interface TrainReport {
  task: TrainSettings['task'];
  rows: number;
  columns: number;
  epochs: number;
  stoppedBy: 'budget' | 'early stopping' | 'epochs';
  milliseconds: number;
  /** Of the last epoch; with val_ those of the fifth of the rows that was held out. */
  metrics: Readonly<Record<string, number>>;
}

/** Share of the rows, drawn by the seed, on which training is stopped. */
const HELD_OUT = 0.2;
/** With fewer rows nothing is held out. */
const LEAST_TO_HOLD_OUT = 20;

/**
 * The clock of an edge runtime stands still while a program computes, so that it can't time others: it goes on when a timer
 * or other input comes in. `tick` waits for one.
 */
export interface Clock {
  now(): number;
  tick(): Promise<void>;
}

export async function train(
  rows: Rows,
  settings: TrainSettings,
  clock: Clock,
): Promise<{ model: PreprocessedModel; report: TrainReport }> {
  const { task, epochs, batchSize, budgetMilliseconds } = settings;
  const { y, outputs } = labelsFor(task, rows);
  const model = buildModel(settings, rows.columns, outputs);
  const budget = new Budget(clock, budgetMilliseconds);
  const isHeldOut = rows.rows >= LEAST_TO_HOLD_OUT;
  const stopping = earlyStopping({ monitor: isHeldOut ? 'val_loss' : 'loss', patience: 10, restoreBest: true });
  const order = shuffledRows(rows, y, settings.seed);
  try {
    const { history } = await model.fit({ data: order.data, shape: [rows.rows, rows.columns] }, order.y, {
      ...{ epochs, batchSize, callbacks: [stopping, budget.callback], validationSplit: isHeldOut ? HELD_OUT : 0 },
    });
    const done = history.loss!.length;
    const stoppedBy = budget.isSpent ? 'budget' : done < epochs ? 'early stopping' : 'epochs';
    const metrics = Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.at(-1)!]));
    const report = { rows: rows.rows, columns: rows.columns, milliseconds: budget.spent, metrics };
    return { model, report: { task, ...report, epochs: done, stoppedBy } };
  } catch (error) {
    model.model.dispose();
    throw error;
  }
}

function buildModel({ hidden, task, seed }: TrainSettings, columns: number, outputs: number): PreprocessedModel {
  const [first, ...rest] = [...hidden.map((units) => [units, 'relu'] as const), [outputs, 'linear'] as const];
  const net = sequential(
    [
      dense(first[0], { activation: first[1], inputShape: [columns] }),
      ...rest.map(([units, activation]) => dense(units, { activation })),
    ],
    { seed },
  );
  net.compile({
    optimizer: adam({ learningRate: 0.01 }),
    ...(task === 'classification'
      ? { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] }
      : { loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] }),
  });
  return withPreprocessing(net, pipeline([standardScaler()]));
}

/** Ends training before the epoch that would go over the budget. */
class Budget {
  spent = 0;
  isSpent = false;
  private longest = 0;
  readonly callback: Callback;

  constructor(clock: Clock, milliseconds: number) {
    const began = clock.now();
    this.callback = {
      onEpochEnd: async (_, __, { stop }) => {
        await clock.tick();
        const before = this.spent;
        this.spent = clock.now() - began;
        this.longest = Math.max(this.longest, this.spent - before);
        if (this.spent + this.longest <= milliseconds) return;
        this.isSpent = true;
        stop();
      },
    };
  }
}

/** The rows that are held out are the last: which these are must not follow from the order in which they were sent. */
function shuffledRows({ data, rows, columns }: Rows, y: Int32Array | Float32Array, seed: number) {
  const order = shuffledIndices(rows, seed);
  const shuffled = new Float32Array(data.length);
  order.forEach((row, i) => shuffled.set(data.subarray(row * columns, (row + 1) * columns), i * columns));
  return { data: shuffled, y: y.map((_: number, i: number) => y[order[i]!]!) };
}

/** A budget that not one epoch fits leaves nothing to keep. */
export function checkBudget({ epochs, milliseconds }: TrainReport, budget: number): void {
  if (epochs > 1 || milliseconds <= 2 * budget) return;
  throw new Problem(
    'budget-too-small',
    `One epoch took ${Math.round(milliseconds)} ms of a budget of ${budget}. Send fewer rows, fewer units, or a larger budgetMs.`,
  );
}
