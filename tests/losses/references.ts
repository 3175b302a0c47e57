// Every loss of the library, what data it takes, and its value for one row in float64.

import {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  distillation,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
  type Loss,
} from '../../bindings/index.js';

type Row = readonly number[];
type Labels = 'any' | 'counts' | 'unit' | 'signs' | 'classes' | 'oneHot' | 'distribution';

export interface LossCase {
  name: string;
  loss: Loss;
  /** Labels and predictions are drawn like this. */
  labels: Labels;
  /** Logits and quantities by default. */
  predictions?: 'positive' | 'probabilities' | 'distribution';
  /** Loss of a row; of 'classes' the label is a row of one class number. */
  reference(y: Row, p: Row): number;
}

const mean = (row: Row): number => row.reduce((sum, value) => sum + value, 0) / row.length;
const sum = (row: Row): number => row.reduce((total, value) => total + value, 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const logSoftmax = (row: Row): number[] => {
  const largest = Math.max(...row);
  const total = Math.log(sum(row.map((value) => Math.exp(value - largest))));
  return row.map((value) => value - largest - total);
};
const each = (f: (y: number, p: number) => number) => (y: Row, p: Row) => mean(p.map((value, i) => f(y[i]!, value)));
const length = (row: Row): number => Math.sqrt(sum(row.map((value) => value * value)));
const cosine = (y: Row, p: Row): number => sum(p.map((value, i) => value * y[i]!)) / (length(p) * length(y));
const smooth = (y: Row, s: number): number[] => y.map((value) => value * (1 - s) + s / y.length);
const crossentropy = (y: Row, logP: Row): number => -sum(logP.map((value, c) => (y[c] === 0 ? 0 : y[c]! * value)));
const oneHot = ([label]: Row, p: Row): number[] => p.map((_, c) => Number(c === label));
const binary = (y: number, p: number): number => -(y * Math.log(p) + (1 - y) * Math.log(1 - p));
const focal = (gamma: number, alpha: number | null) => (y: number, x: number) => {
  const p = sigmoid(x);
  const whenTrue = y * (alpha ?? 1) * (1 - p) ** gamma * -Math.log(p);
  return whenTrue + (1 - y) * (1 - (alpha ?? 0)) * p ** gamma * -Math.log(1 - p);
};
const relativeEntropy = (y: Row, logP: Row): number =>
  sum(y.map((value, c) => (value === 0 ? 0 : value * (Math.log(value) - logP[c]!))));

const WEIGHTS = [0.5, 2, 1, 3];
const classOf = (y: Row): number => y.indexOf(Math.max(...y));

export const LOSS_CASES: readonly LossCase[] = [
  { name: 'meanSquaredError', loss: meanSquaredError(), labels: 'any', reference: each((y, p) => (p - y) ** 2) },
  { name: 'meanAbsoluteError', loss: meanAbsoluteError(), labels: 'any', reference: each((y, p) => Math.abs(p - y)) },
  {
    name: 'huber',
    loss: huber({ delta: 0.7 }),
    labels: 'any',
    reference: each((y, p) => (Math.abs(p - y) <= 0.7 ? (p - y) ** 2 / 2 : 0.7 * Math.abs(p - y) - 0.245)),
  },
  { name: 'logCosh', loss: logCosh(), labels: 'any', reference: each((y, p) => Math.log(Math.cosh(p - y))) },
  {
    name: 'binaryCrossentropy',
    loss: binaryCrossentropy(),
    labels: 'unit',
    reference: each((y, x) => binary(y, sigmoid(x))),
  },
  {
    name: 'binaryCrossentropy of probabilities, smoothed',
    loss: binaryCrossentropy({ fromLogits: false, labelSmoothing: 0.2 }),
    labels: 'unit',
    predictions: 'probabilities',
    reference: each((y, p) => binary(y * 0.8 + 0.1, p)),
  },
  {
    name: 'binaryCrossentropy weighted per term',
    loss: binaryCrossentropy({ classWeights: [0.5, 3], classWeightForm: 'perTerm', labelSmoothing: 0.1 }),
    labels: 'unit',
    reference: each((y, x) => {
      const smoothed = y * 0.9 + 0.05;
      return -(3 * smoothed * Math.log(sigmoid(x)) + 0.5 * (1 - smoothed) * Math.log(sigmoid(-x)));
    }),
  },
  {
    name: 'binaryCrossentropy weighted per value',
    loss: binaryCrossentropy({ classWeights: [0.5, 3] }),
    labels: 'unit',
    reference: each((y, x) => (y > 0.5 ? 3 : 0.5) * binary(y, sigmoid(x))),
  },
  {
    name: 'categoricalCrossentropy',
    loss: categoricalCrossentropy({ labelSmoothing: 0.1 }),
    labels: 'distribution',
    reference: (y, x) => crossentropy(smooth(y, 0.1), logSoftmax(x)),
  },
  {
    name: 'categoricalCrossentropy of probabilities, weighted per term',
    loss: categoricalCrossentropy({ fromLogits: false, classWeights: WEIGHTS, classWeightForm: 'perTerm' }),
    labels: 'oneHot',
    predictions: 'distribution',
    reference: (y, p) => WEIGHTS[classOf(y)]! * crossentropy(y, p.map(Math.log)),
  },
  {
    name: 'sparseCategoricalCrossentropy',
    loss: sparseCategoricalCrossentropy(),
    labels: 'classes',
    reference: (y, x) => crossentropy(oneHot(y, x), logSoftmax(x)),
  },
  {
    name: 'sparseCategoricalCrossentropy smoothed, weighted per sample',
    loss: sparseCategoricalCrossentropy({ labelSmoothing: 0.1, classWeights: WEIGHTS }),
    labels: 'classes',
    reference: (y, x) => WEIGHTS[y[0]!]! * crossentropy(smooth(oneHot(y, x), 0.1), logSoftmax(x)),
  },
  {
    name: 'sparseCategoricalCrossentropy smoothed, weighted per term',
    loss: sparseCategoricalCrossentropy({ labelSmoothing: 0.1, classWeights: WEIGHTS, classWeightForm: 'perTerm' }),
    labels: 'classes',
    reference: (y, x) =>
      crossentropy(
        smooth(oneHot(y, x), 0.1).map((value, c) => value * WEIGHTS[c]!),
        logSoftmax(x),
      ),
  },
  {
    name: 'sparseCategoricalCrossentropy that ignores a class',
    loss: sparseCategoricalCrossentropy({ ignoreClass: 2, labelSmoothing: 0.1 }),
    labels: 'classes',
    reference: (y, x) => crossentropy(smooth(oneHot(y, x), 0.1), logSoftmax(x)),
  },
  {
    name: 'klDivergence',
    loss: klDivergence(),
    labels: 'distribution',
    predictions: 'distribution',
    reference: (y, p) => relativeEntropy(y, p.map(Math.log)),
  },
  {
    name: 'klDivergence of logits',
    loss: klDivergence({ fromLogits: true }),
    labels: 'oneHot',
    reference: (y, x) => relativeEntropy(y, logSoftmax(x)),
  },
  { name: 'hinge', loss: hinge(), labels: 'signs', reference: each((y, p) => Math.max(0, 1 - y * p)) },
  {
    name: 'squaredHinge',
    loss: squaredHinge(),
    labels: 'signs',
    reference: each((y, p) => Math.max(0, 1 - y * p) ** 2),
  },
  {
    name: 'categoricalHinge',
    loss: categoricalHinge(),
    labels: 'oneHot',
    reference: (y, p) =>
      Math.max(0, 1 + Math.max(...p.map((value, c) => (1 - y[c]!) * value)) - sum(p.map((value, c) => y[c]! * value))),
  },
  {
    name: 'poisson',
    loss: poisson(),
    labels: 'counts',
    predictions: 'positive',
    reference: each((y, p) => p - y * Math.log(p)),
  },
  {
    name: 'poisson of logarithms',
    loss: poisson({ logInput: true }),
    labels: 'counts',
    reference: each((y, p) => Math.exp(p) - y * p),
  },
  { name: 'cosineSimilarity', loss: cosineSimilarity(), labels: 'any', reference: (y, p) => -cosine(y, p) },
  {
    name: 'cosineSimilarity from one',
    loss: cosineSimilarity({ form: 'oneMinus' }),
    labels: 'any',
    reference: (y, p) => 1 - cosine(y, p),
  },
  {
    name: 'binaryFocalCrossentropy',
    loss: binaryFocalCrossentropy({ gamma: 1.5, alpha: 0.3 }),
    labels: 'unit',
    reference: each(focal(1.5, 0.3)),
  },
  {
    name: 'binaryFocalCrossentropy of probabilities',
    loss: binaryFocalCrossentropy({ fromLogits: false }),
    labels: 'unit',
    predictions: 'probabilities',
    reference: each((y, p) => focal(2, null)(y, Math.log(p / (1 - p)))),
  },
  {
    name: 'categoricalFocalCrossentropy',
    loss: categoricalFocalCrossentropy({ gamma: 0.5, alpha: WEIGHTS }),
    labels: 'distribution',
    reference: (y, x) => {
      const logP = logSoftmax(x);
      return -sum(logP.map((value, c) => y[c]! * WEIGHTS[c]! * Math.sqrt(1 - Math.exp(value)) * value));
    },
  },
  {
    name: 'categoricalFocalCrossentropy of probabilities',
    loss: categoricalFocalCrossentropy({ fromLogits: false }),
    labels: 'oneHot',
    predictions: 'distribution',
    reference: (y, p) => -sum(p.map((value, c) => y[c]! * (1 - value) ** 2 * Math.log(value))),
  },
  {
    name: 'distillation',
    loss: distillation({ temperature: 3 }),
    labels: 'any',
    reference: (y, x) => {
      const teacher = logSoftmax(y.map((value) => value / 3));
      return 9 * relativeEntropy(teacher.map(Math.exp), logSoftmax(x.map((value) => value / 3)));
    },
  },
];

/** Labels and predictions for so many rows; of 'classes' one label a row. */
export function drawRows({ labels, predictions }: LossCase, rows: number, columns: number, random: () => number) {
  const normalized = (row: number[]): number[] => row.map((value) => value / sum(row));
  const row = (make: () => number): number[] => Array.from({ length: columns }, make);
  const pick = (): number => Math.floor(random() * columns);
  const makeLabels: Record<Labels, () => number[]> = {
    any: () => row(() => random() * 4 - 2),
    counts: () => row(() => Math.floor(random() * 4)),
    unit: () => row(() => Math.floor(random() * 3) / 2),
    signs: () => row(() => (random() < 0.5 ? -1 : 1)),
    classes: () => [pick()],
    oneHot: () => {
      const label = pick();
      return row(() => 0).map((_, c) => Number(c === label));
    },
    distribution: () => normalized(row(() => 0.1 + random())),
  };
  const makePredictions = {
    logits: () => row(() => random() * 4 - 2),
    positive: () => row(() => 0.2 + random()),
    probabilities: () => row(() => 0.1 + 0.8 * random()),
    distribution: () => normalized(row(() => 0.1 + random())),
  };
  const rounded = (values: number[]): number[] => values.map(Math.fround);
  return {
    yTrue: Array.from({ length: rows }, () => rounded(makeLabels[labels]())),
    yPred: Array.from({ length: rows }, () => rounded(makePredictions[predictions ?? 'logits']())),
  };
}
