import type { ArrayData } from '../data/arrays.js';
import { checkColumns, toMatrix, type Matrix } from '../data/matrix.js';
import { toNumbers } from '../data/arrays.js';
import { DataError, ShapeError } from '../runtime/errors.js';
import { exp, log } from '../runtime/math.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { choleskySolve } from './cholesky.js';
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
  /** [samples, classes] row-major. */
  predictProbabilities(x: ArrayData): Float64Array;
  /** The most likely class of each sample. */
  predict(x: ArrayData): Int32Array;
}

/** Probabilities of a sample's classes from its scores. */
function softmax(scores: readonly number[]): number[] {
  const largest = scores.reduce((a, b) => Math.max(a, b));
  const powers = scores.map((score) => exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/**
 * The problem in one vector of parameters: for each column its coefficients, then its intercept (if any). With two classes
 * class 0 has the score 0; with more every class has a column.
 */
class Objective {
  readonly columns: number;
  readonly width: number;

  constructor(
    private readonly x: Matrix,
    private readonly labels: ArrayLike<number>,
    readonly classes: number,
    private readonly strength: number,
    private readonly fitIntercept: boolean,
  ) {
    this.columns = classes === 2 ? 1 : classes;
    this.width = x.columns + Number(fitIntercept);
  }

  /** Features of a sample, and 1 for the intercept. */
  private row(sample: number): Float64Array {
    const row = new Float64Array(this.width).fill(1);
    row.set(this.x.data.subarray(sample * this.x.columns, (sample + 1) * this.x.columns));
    return row;
  }

  private probabilities(row: Float64Array, parameters: Float64Array): number[] {
    const scores = Array.from({ length: this.columns }, (_, c) =>
      row.reduce((sum, value, i) => sum + value * parameters[c * this.width + i]!, 0),
    );
    return softmax(this.classes === 2 ? [0, scores[0]!] : scores);
  }

  private isPenalised(index: number): boolean {
    return !this.fitIntercept || index % this.width < this.width - 1;
  }

  value(parameters: Float64Array): number {
    let loss = 0;
    for (let sample = 0; sample < this.x.rows; sample++) {
      loss -= log(this.probabilities(this.row(sample), parameters)[this.labels[sample]!]!);
    }
    const penalty = parameters.reduce((sum, value, i) => sum + (this.isPenalised(i) ? value * value : 0), 0);
    return penalty / 2 + this.strength * loss;
  }

  /** Gradient and Hessian at a point. */
  derivatives(parameters: Float64Array): { gradient: Float64Array; hessian: Float64Array } {
    const count = parameters.length;
    const gradient = parameters.map((value, i) => (this.isPenalised(i) ? value : 0));
    const hessian = new Float64Array(count * count);
    // Intercepts of several classes may shift together at no cost: a trace of curvature makes the step unique.
    for (let i = 0; i < count; i++) hessian[i * count + i] = this.isPenalised(i) ? 1 : 1e-9;
    const first = this.classes === 2 ? 1 : 0;
    for (let sample = 0; sample < this.x.rows; sample++) {
      const row = this.row(sample);
      const p = this.probabilities(row, parameters);
      for (let a = 0; a < this.columns; a++) {
        const [pa, ya] = [p[a + first]!, Number(this.labels[sample] === a + first)];
        row.forEach((value, i) => (gradient[a * this.width + i]! += this.strength * (pa - ya) * value));
        for (let b = 0; b < this.columns; b++) {
          const curvature = this.strength * pa * (Number(a === b) - p[b + first]!);
          row.forEach((left, i) =>
            row.forEach((right, j) => {
              hessian[(a * this.width + i) * count + b * this.width + j]! += curvature * left * right;
            }),
          );
        }
      }
    }
    return { gradient, hessian };
  }
}

/** Newton's method with halved steps until the objective falls. */
function minimise(objective: Objective, maxIterations: number): Float64Array {
  let parameters = new Float64Array(objective.columns * objective.width);
  let value = objective.value(parameters);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const { gradient, hessian } = objective.derivatives(parameters);
    const step = choleskySolve(hessian, gradient, gradient.length, 1) ?? gradient;
    let size = 1;
    let next = parameters;
    let nextValue = Infinity;
    for (; size > 1e-10 && !(nextValue <= value); size /= 2) {
      next = parameters.map((old, i) => old - size * step[i]!);
      nextValue = objective.value(next);
    }
    const gain = value - nextValue;
    if (nextValue <= value) [parameters, value] = [next, nextValue];
    if (!(gain > 1e-14 * Math.abs(value))) break;
  }
  return parameters;
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
  return classifier(where, objective, minimise(objective, maxIterations), matrix.columns, fitIntercept);
}

function classifier(
  where: string,
  { columns, width, classes }: Objective,
  parameters: Float64Array,
  features: number,
  fitIntercept: boolean,
): LogisticRegression {
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
    return Float64Array.from(
      Array.from({ length: x.rows }, (_, row) => {
        const scores = Array.from({ length: columns }, (__, c) => {
          let sum = intercept[c]!;
          for (let i = 0; i < features; i++) sum += x.data[row * features + i]! * coefficients[i * columns + c]!;
          return sum;
        });
        return softmax(classes === 2 ? [0, scores[0]!] : scores);
      }).flat(),
    );
  }

  return {
    coefficients,
    intercept,
    classes,
    predictProbabilities,
    predict(given) {
      const p = predictProbabilities(given);
      return Int32Array.from({ length: p.length / classes }, (_, row) => {
        const own = p.subarray(row * classes, (row + 1) * classes);
        return own.indexOf(own.reduce((a, b) => Math.max(a, b)));
      });
    },
  };
}
