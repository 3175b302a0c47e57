import { toNumbers, type ArrayData } from '../data/arrays.js';
import { argMaxRows, checkColumns, toMatrix, type Matrix } from '../data/matrix.js';
import { DataError, ShapeError } from '../runtime/errors.js';
import { exp, log } from '../runtime/math.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { conjugateGradients } from './conjugateGradients.js';
import { dot } from './dot.js';
import type { LinearOptions } from './linearModel.js';

export interface LogisticOptions extends LinearOptions {
  /** Weight of the data beside the penalty: the inverse of a regularisation strength; 1 by default. */
  C?: number;
  /** Number of classes; the largest label plus 1 by default. */
  classes?: number;
  /** Most Newton steps; 100 by default. */
  maxIterations?: number;
}

/** A fitted classifier. With two classes there is one column of coefficients, for class 1. */
export interface LogisticRegression {
  /** [features, columns] row-major. */
  readonly coefficients: Float64Array;
  readonly intercept: Float64Array;
  readonly classes: number;
  /** False if `maxIterations` ended it early. */
  readonly converged: boolean;
  /** [samples, classes] row-major. */
  predictProbabilities(x: ArrayData): Float64Array;
  /** The most likely class of each sample. */
  predict(x: ArrayData): Int32Array;
}

/** ln of the sum of e^score, without overflow. */
function logSumExp(scores: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let c = 0; c < scores.length; c++) largest = Math.max(largest, scores[c]!);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) sum += exp(scores[c]! - largest);
  return largest + log(sum);
}

/** Probabilities of a sample's classes from its scores. */
function softmax(scores: Float64Array): Float64Array {
  const total = logSumExp(scores);
  return scores.map((score) => exp(score - total));
}

/**
 * The problem in one vector of parameters: for each column its coefficients, then its intercept (if any). With two classes
 * class 0 has the score 0; with more every class has a column.
 */
class Objective {
  readonly columns: number;
  readonly width: number;
  /** The class of column 0. */
  private readonly firstClass: number;
  /** Features of the samples, each followed by 1 for the intercept (if any). */
  private readonly rows: Float64Array[];

  constructor(
    x: Matrix,
    private readonly labels: ArrayLike<number>,
    readonly classes: number,
    private readonly strength: number,
    private readonly fitIntercept: boolean,
  ) {
    this.columns = classes === 2 ? 1 : classes;
    this.firstClass = classes - this.columns;
    this.width = x.columns + Number(fitIntercept);
    this.rows = Array.from({ length: x.rows }, (_, sample) => {
      const row = new Float64Array(this.width).fill(1);
      row.set(x.data.subarray(sample * x.columns, (sample + 1) * x.columns));
      return row;
    });
  }

  /** Scores of all classes. */
  private scores(row: Float64Array, parameters: Float64Array): Float64Array {
    const scores = new Float64Array(this.classes);
    for (let column = 0; column < this.columns; column++) {
      let sum = 0;
      for (let i = 0; i < this.width; i++) sum += row[i]! * parameters[column * this.width + i]!;
      scores[column + this.firstClass] = sum;
    }
    return scores;
  }

  private isPenalised(index: number): boolean {
    return !this.fitIntercept || index % this.width < this.width - 1;
  }

  value(parameters: Float64Array): number {
    const loss = this.rows.reduce((sum, row, sample) => {
      const scores = this.scores(row, parameters);
      return sum + logSumExp(scores) - scores[this.labels[sample]!]!;
    }, 0);
    const penalty = parameters.reduce((sum, value, i) => sum + (this.isPenalised(i) ? value * value : 0), 0);
    return penalty / 2 + this.strength * loss;
  }

  /** The gradient at a point, and products of the Hessian there with vectors. */
  derivatives(parameters: Float64Array): { gradient: Float64Array; hessianTimes: (v: Float64Array) => Float64Array } {
    const probabilities = this.rows.map((row) => softmax(this.scores(row, parameters)));
    const gradient = this.collect(parameters, (sample, slopes) => {
      slopes.set(probabilities[sample]!);
      slopes[this.labels[sample]!]! -= 1;
    });
    const hessianTimes = (v: Float64Array) =>
      this.collect(v, (sample, slopes) => {
        const p = probabilities[sample]!;
        const moved = this.scores(this.rows[sample]!, v);
        let mean = 0;
        for (let c = 0; c < this.classes; c++) mean += p[c]! * moved[c]!;
        for (let c = 0; c < this.classes; c++) slopes[c] = p[c]! * (moved[c]! - mean);
      });
    return { gradient, hessianTimes };
  }

  /** The penalised part of `base` + C sum over samples of slopes row^T, the slopes of a sample's scores being filled in. */
  private collect(base: Float64Array, fill: (sample: number, slopes: Float64Array) => void): Float64Array {
    const sum = base.map((value, i) => (this.isPenalised(i) ? value : 0));
    const slopes = new Float64Array(this.classes);
    this.rows.forEach((row, sample) => {
      fill(sample, slopes);
      for (let column = 0; column < this.columns; column++) {
        const factor = this.strength * slopes[column + this.firstClass]!;
        for (let i = 0; i < this.width; i++) sum[column * this.width + i]! += factor * row[i]!;
      }
    });
    return sum;
  }
}

/** Changes of the objective below this share of it are rounding. */
const ROUNDING = 1e-14;

/** Newton's method, its steps by conjugate gradients, halved until the objective falls. */
function minimise(objective: Objective, maxIterations: number): { parameters: Float64Array; converged: boolean } {
  let parameters = new Float64Array(objective.columns * objective.width);
  let value = objective.value(parameters);
  let firstNorm: number | undefined;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const { gradient, hessianTimes } = objective.derivatives(parameters);
    const norm = Math.sqrt(dot(gradient, gradient));
    firstNorm ??= norm;
    // Rough while far away, exact near the end: then steps converge superlinearly (Dembo, Eisenstat & Steihaug 1982).
    const step = conjugateGradients(hessianTimes, gradient, Math.min(0.1, Math.sqrt(norm / firstNorm)));
    const limit = value + ROUNDING * Math.abs(value);
    let next = parameters;
    let nextValue = Infinity;
    for (let size = 1; size > 1e-10 && !(nextValue <= limit); size /= 2) {
      next = parameters.map((old, i) => old - size * step[i]!);
      nextValue = objective.value(next);
    }
    if (!(nextValue <= limit)) return { parameters, converged: true };
    const gain = value - nextValue;
    [parameters, value] = [next, nextValue];
    if (!(gain > ROUNDING * Math.abs(value))) return { parameters, converged: true };
  }
  return { parameters, converged: false };
}

/**
 * Logistic regression: the w, b that make ||w||^2 / 2 + C sum of -ln p(label) smallest, p the sigmoid of x w + b for two
 * classes, the softmax over classes for more. scikit-learn's LogisticRegression, by Newton's method in float64; the intercept
 * is not penalised, and those of several classes are shifted to mean 0.
 *
 * Shapes: x [samples, features], labels [samples] of 0 .. classes - 1.
 *
 * @throws DataError for labels that are no class numbers. @throws OptionError for a C that is not positive.
 * @example logisticRegression(x, labels, { C: 10 }).predict(xTest)
 */
export function logisticRegression(x: ArrayData, labels: ArrayData, options: LogisticOptions = {}): LogisticRegression {
  const where = 'logisticRegression';
  checkOptions(where, options, ['C', 'classes', 'fitIntercept', 'maxIterations']);
  const { C = 1, fitIntercept = true, maxIterations = 100 } = options;
  checkNumber(where, 'C', C, { above: 0 });
  checkNumber(where, 'maxIterations', maxIterations, { minimum: 1, integer: true });
  const matrix = toMatrix(where, x);
  const values = Array.from(toNumbers(where, labels));
  if (values.length !== matrix.rows) {
    throw new ShapeError(`${where}: ${matrix.rows} samples, but ${values.length} labels. Give one label each.`);
  }
  const classes = Math.max(2, options.classes ?? values.reduce((a, b) => Math.max(a, b), 0) + 1);
  const odd = values.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (odd >= 0) {
    throw new DataError(`${where}: label ${values[odd]} of sample ${odd} is no class number of 0 to ${classes - 1}.`);
  }
  const objective = new Objective(matrix, values, classes, C, fitIntercept);
  const { parameters, converged } = minimise(objective, maxIterations);
  return { ...classifier(where, objective, parameters, matrix.columns, fitIntercept), converged };
}

function classifier(
  where: string,
  { columns, width, classes }: Objective,
  parameters: Float64Array,
  features: number,
  fitIntercept: boolean,
): Omit<LogisticRegression, 'converged'> {
  const coefficients = Float64Array.from(
    { length: features * columns },
    (_, i) => parameters[(i % columns) * width + Math.floor(i / columns)]!,
  );
  const raw = Float64Array.from({ length: columns }, (_, c) => (fitIntercept ? parameters[c * width + features]! : 0));
  const shift = classes > 2 ? raw.reduce((sum, value) => sum + value, 0) / columns : 0;
  const intercept = raw.map((value) => value - shift);

  function predictProbabilities(given: ArrayData): Float64Array {
    const x = toMatrix(where, given);
    checkColumns(where, x, features);
    const probabilities = new Float64Array(x.rows * classes);
    for (let row = 0; row < x.rows; row++) {
      const scores = new Float64Array(classes);
      for (let c = 0; c < columns; c++) {
        let sum = intercept[c]!;
        for (let i = 0; i < features; i++) sum += x.data[row * features + i]! * coefficients[i * columns + c]!;
        scores[c + classes - columns] = sum;
      }
      probabilities.set(softmax(scores), row * classes);
    }
    return probabilities;
  }

  return {
    coefficients,
    intercept,
    classes,
    predictProbabilities,
    predict(given) {
      return argMaxRows(predictProbabilities(given), classes);
    },
  };
}
