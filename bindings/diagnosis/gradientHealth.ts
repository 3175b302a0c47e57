import { formatTable } from '../graph/print.js';
import type { DataArgument, PreparedData } from '../model/dataset.js';
import { takeSamples } from '../model/dataset.js';
import type { Callback } from '../model/history.js';
import { partsOf, type Model } from '../model/model.js';
import { Pace } from '../model/pace.js';
import { PARAMETERS } from '../model/parameters.js';
import { SILENT, Trainer, type TrainerParts } from '../model/trainer.js';
import { NotFiniteError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { equalUnits } from './equalUnits.js';
import { judgeGradients, type GradientJudgement, type LayerHealth, type LayerMeasurement } from './judgeGradients.js';
import { joinNorms, probeGradients } from './probeGradients.js';
import { prepareSamples } from './samples.js';

export interface MeasureGradientsOptions {
  /** Samples to measure on, from the front of the data; 256 by default. With few of them, more ReLU units seem dead. */
  samples?: number;
}

export interface GradientHealthOptions extends MeasureGradientsOptions {
  /** Epochs from one measurement to the next; 1 by default. */
  every?: number;
  /** Called with each report. */
  onReport?: (report: GradientHealthReport) => void;
}

/** The health of a model's gradients at one time. */
export interface GradientHealthReport extends GradientJudgement {
  /** Epochs that were finished: 0 before training. */
  epoch: number;
  /** A table of layers, the verdict and the remedies, for people. */
  format(): string;
  toString(): string;
}

/** A callback that keeps what it measured. */
export interface GradientHealthCallback extends Callback {
  /** Of the last `fit`, the first from before training. */
  readonly reports: readonly GradientHealthReport[];
  /** All reports as one table. */
  format(): string;
  toString(): string;
}

/**
 * Measures the gradients of each layer on a batch: norms of gradient and weights, the share by which a training step changes
 * the weights, how much of the gradient reaches the layer, dead ReLU units, saturated sigmoid and tanh units, units that are
 * equal. Says of each layer and of the model 'healthy', 'vanishing', 'exploding' or 'dead', with remedies to try
 * (thresholds: `GRADIENT_THRESHOLDS`). Glorot & Bengio 2010; He et al. 2015.
 *
 * Gradients and activations are those of training mode without dropout and noise, of the loss without penalties; the update
 * is that of a trial step, after which weights, states and step counter are put back. Activations inside a recurrence are not
 * seen. Costs about two steps on the batch, and a check of all data.
 *
 * @throws OptionError for unknown options; what `fit` throws for bad data.
 * @example
 * const health = await measureGradients(model, x, y);
 * if (health.verdict !== 'healthy') console.log(health.format());
 */
export async function measureGradients(
  model: Model,
  x: DataArgument,
  y: DataArgument,
  options: MeasureGradientsOptions = {},
): Promise<GradientHealthReport> {
  checkOptions('measureGradients', options, ['samples']);
  return measure('measureGradients', model, x, y, options, 0);
}

/**
 * A callback for `fit` that calls `measureGradients` before training and after each epoch. It changes nothing: training with it gives
 * the same bits.
 *
 * @throws OptionError for unknown options; `fit` throws what it throws for bad data.
 * @example
 * const health = gradientHealth(x, y);
 * await model.fit(x, y, { epochs: 10, callbacks: [health] });
 * console.log(health.format());
 */
export function gradientHealth(
  x: DataArgument,
  y: DataArgument,
  options: GradientHealthOptions = {},
): GradientHealthCallback {
  const where = 'gradientHealth';
  checkOptions(where, options, ['samples', 'every', 'onReport']);
  const { every = 1, onReport, ...rest } = options;
  checkNumber(where, 'every', every, { minimum: 1, integer: true });
  checkSamples(where, rest);
  const reports: GradientHealthReport[] = [];
  const note = async (model: Model, epoch: number): Promise<void> => {
    const report = await measure(where, model, x, y, rest, epoch);
    reports.push(report);
    onReport?.(report);
  };
  const format = () => formatTable([HEADER, ...reports.flatMap(rowsOf)]);
  return {
    reports,
    format,
    toString: format,
    async onTrainBegin({ model }) {
      reports.length = 0;
      await note(model, 0);
    },
    async onEpochEnd(epoch, _, { model }) {
      if ((epoch + 1) % every === 0) await note(model, epoch + 1);
    },
  };
}

const checkSamples = (where: string, { samples = 256 }: MeasureGradientsOptions): number =>
  checkNumber(where, 'samples', samples, { minimum: 1, integer: true });

async function measure(
  where: string,
  model: Model,
  x: DataArgument,
  y: DataArgument,
  options: MeasureGradientsOptions,
  epoch: number,
): Promise<GradientHealthReport> {
  const samples = checkSamples(where, options);
  const all = prepareSamples(where, model, { x, y });
  const data = takeSamples(
    all,
    Array.from({ length: Math.min(samples, all.count) }, (_, i) => i),
  );
  const parts = partsOf(model, where);
  const weights = weightNorms(parts);
  const updates = await model.preserve(() => trialUpdates(parts, data));
  const measured = probeGradients(parts, data).map((probe): LayerMeasurement => {
    const { layer } = probe;
    const weightNorm = weights.get(layer);
    const updateRatio = weightNorm ? updates.get(layer)! / weightNorm : undefined;
    return { ...probe, weightNorm, updateRatio, equalShare: equalShareOf(parts, layer) };
  });
  const judgement = judgeGradients(measured);
  const report = { ...judgement, epoch };
  const format = () => formatReport(report);
  return { ...report, format, toString: format };
}

/** Norms of the trained parameters by layer, or of their distance from `origin`. */
function weightNorms(
  { network, store }: TrainerParts,
  origin?: Readonly<Record<string, Float32Array>>,
): Map<string, number> {
  const values = store.views(PARAMETERS);
  const normOf = (path: string): number => {
    const before = origin?.[path];
    let sum = 0;
    values[path]!.forEach((value, i) => {
      const distance = before ? value - before[i]! : value;
      sum += distance * distance;
    });
    return Math.sqrt(sum);
  };
  const norms = new Map<string, number>();
  for (const { name } of network.layers) {
    const own = store.trainable.filter(({ path }) => path.startsWith(`${name}/`)).map(({ path }) => normOf(path));
    const norm = joinNorms(own);
    if (norm !== undefined) norms.set(name, norm);
  }
  return norms;
}

/** How far one update on the batch moves each layer; NaN where it is not finite. The caller puts the weights back. */
async function trialUpdates(parts: TrainerParts, data: PreparedData): Promise<Map<string, number>> {
  const { store, training } = parts;
  const views = store.views(PARAMETERS);
  const before = Object.fromEntries(store.trainable.map(({ path }) => [path, views[path]!.slice()]));
  const trainer = new Trainer(parts, new Pace(Infinity), undefined);
  try {
    // Exactly one of so many steps ends with an update.
    const batches = Array.from({ length: training.gradientAccumulation }, () => data);
    await trainer.runStream(batches, true, 0, SILENT);
    return weightNorms(parts, before);
  } catch (error) {
    if (!(error instanceof NotFiniteError)) throw error;
    return new Map([...weightNorms(parts).keys()].map((layer) => [layer, NaN]));
  } finally {
    trainer.dispose();
  }
}

/** The largest share of equal units of a layer's kernels. */
function equalShareOf({ store }: TrainerParts, layer: string): number | undefined {
  const values = store.views(PARAMETERS);
  const shares = store.trainable.flatMap(({ path, shape }) => {
    if (!path.startsWith(`${layer}/`) || !path.endsWith('/kernel') || shape.length < 2) return [];
    const units = shape.at(-1)!;
    const bias = values[path.replace(/kernel$/, 'bias')];
    return units > 1 ? [equalUnits(values[path]!, units, bias?.length === units ? bias : undefined)] : [];
  });
  return shares.length ? Math.max(...shares) : undefined;
}

const HEADER = ['epoch', 'layer', 'gradient', 'weights', 'update', 'flow', 'dead', 'saturated', 'equal', 'verdict'];

const formatNumber = (value: number | undefined): string => (value === undefined ? '' : value.toPrecision(2));
const formatShare = (value: number | undefined): string => (value === undefined ? '' : `${Math.round(100 * value)} %`);

const rowsOf = ({ epoch, layers }: Pick<GradientHealthReport, 'epoch' | 'layers'>): string[][] =>
  layers.map((health: LayerHealth) => [
    String(epoch),
    health.layer,
    ...[health.gradientNorm, health.weightNorm, health.updateRatio, health.flow].map(formatNumber),
    ...[health.deadShare, health.saturatedShare, health.equalShare].map(formatShare),
    health.verdict,
  ]);

function formatReport(report: GradientJudgement & { epoch: number }): string {
  const { verdict, remedies } = report;
  const advice = remedies.length ? ['To try next:', ...remedies.map((remedy) => `- ${remedy}`)] : [];
  return [formatTable([HEADER, ...rowsOf(report)]), `Gradients: ${verdict}.`, ...advice].join('\n');
}
