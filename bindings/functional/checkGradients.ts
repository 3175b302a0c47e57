// Gradients against differences, for formulas and layers of one's own.

import { toArray } from '../data/arrays.js';
import { checkNumber, checkOptions, unknownName } from '../runtime/suggest.js';
import { RandomSequence } from '../runtime/random.js';
import {
  evaluateFunction,
  valueAndGradients,
  type EvaluateOptions,
  type FunctionalArray,
  type FunctionalInput,
  type TensorFunction,
} from './functional.js';

export interface CheckGradientsOptions<I extends string = string> extends EvaluateOptions {
  /** Inputs whose gradients are checked; all float32 ones by default. */
  inputs?: readonly I[];
  /** Random directions tried for each input; 3 by default. */
  directions?: number;
  /** Distance of the outer two points from the input in each element; 1/32 by default. */
  stepSize?: number;
}

export interface GradientErrors<I extends string> {
  /** The largest of `errors`. */
  worst: number;
  /** By float32 input, the largest error of its gradient along a direction, relative to the gradient. */
  errors: Partial<Record<I, number>>;
}

/** Gradients below this share of the outputs, per unit of input, count as 0: float32 outputs cannot tell them from rounding. */
const NEGLIGIBLE = 2 ** -10;

/**
 * Compares gradients with differences of values: along random directions v, the derivative of a random weighted sum S of all
 * outputs, <gradient, v>, with (4 D(h/2) - D(h)) / 3, where D(h) = (S(x + h v) - S(x - h v)) / (2 h). About 1e-4 where all is
 * well, limited by float32; above 0.01 something is wrong, or a kink (a ReLU's) lies within `stepSize` of the inputs.
 *
 * @throws what `valueAndGradients` throws; OptionError for wrong options.
 * @example checkGradients(({ x, w }) => ({ y: x.matmul(w).tanh() }), { x: [[1, 2]], w: [[3], [4]] }).worst // about 1e-6
 */
export function checkGradients<I extends string, O extends string>(
  f: TensorFunction<I, O>,
  inputs: Readonly<Record<I, FunctionalInput>>,
  options: CheckGradientsOptions<I> = {},
): GradientErrors<I> {
  checkOptions('checkGradients', options, ['seed', 'step', 'inputs', 'directions', 'stepSize']);
  const known = Object.keys(inputs) as I[];
  const { inputs: chosen = known, directions = 3, stepSize = 1 / 32, ...random } = options;
  const unknown = chosen.find((name) => !known.includes(name));
  if (unknown !== undefined) unknownName('checkGradients', 'input', unknown, known);
  checkNumber('checkGradients', 'directions', directions, { minimum: 1, integer: true });
  checkNumber('checkGradients', 'stepSize', stepSize, { above: 0 });
  const draws = new RandomSequence(random.seed ?? 0, DRAWS);
  const outputs = evaluateFunction(f, inputs, random);
  const cotangents = weightsFor(outputs, draws);
  const { gradients } = valueAndGradients(f, inputs, { ...random, cotangents });
  const size = weightedSum(outputs, cotangents, Math.abs);
  const errors: Partial<Record<I, number>> = {};

  for (const name of chosen) {
    const given = inputs[name];
    const { data, shape } =
      typeof given === 'number' ? { data: Float32Array.of(given), shape: [] } : toArray(name, given);
    if (data instanceof Int32Array) continue;
    const slopes = gradients[name]?.data ?? new Float32Array(data.length);
    const valueAt = (moved: Float32Array): number =>
      weightedSum(evaluateFunction(f, { ...inputs, [name]: { data: moved, shape } }, random), cotangents);
    const norm = Math.sqrt(Array.from(slopes).reduce((sum, slope) => sum + slope * slope, 0));
    const scale = Math.max(norm, NEGLIGIBLE * size, Number.MIN_VALUE);
    let worst = 0;
    for (let direction = 0; direction < directions; direction++) {
      const signs = Float32Array.from(data, () => (draws.word() & 1 ? 1 : -1));
      const outer = differenceError(data, slopes, signs, stepSize, valueAt);
      const inner = differenceError(data, slopes, signs, stepSize / 2, valueAt);
      const error = Math.abs((4 * inner - outer) / 3) / scale;
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    }
    errors[name] = worst;
  }
  return { worst: Math.max(0, ...(Object.values(errors) as number[])), errors };
}

/** Stream of the draws here. */
const DRAWS = 2;

/** D(h) - <gradient, v>, with the points that x + h v and x - h v are rounded to. */
function differenceError(
  data: Float32Array,
  slopes: ArrayLike<number>,
  signs: Float32Array,
  step: number,
  valueAt: (moved: Float32Array) => number,
): number {
  const above = data.map((value, i) => value + step * signs[i]!);
  const below = data.map((value, i) => value - step * signs[i]!);
  let predicted = 0;
  for (let i = 0; i < data.length; i++) predicted += slopes[i]! * (above[i]! - below[i]!);
  return (valueAt(above) - valueAt(below) - predicted) / (2 * step);
}

/** Weights of size 1/2 to 3/2 and either sign for all elements of all float32 outputs. */
function weightsFor<O extends string>(
  outputs: Readonly<Record<O, FunctionalArray>>,
  draws: RandomSequence,
): Partial<Record<O, { data: Float32Array; shape: readonly number[] }>> {
  const weigh = () => (draws.uniform() + 0.5) * (draws.word() & 1 ? 1 : -1);
  const weights: Partial<Record<O, { data: Float32Array; shape: readonly number[] }>> = {};
  for (const name of Object.keys(outputs) as O[]) {
    const { data, shape } = outputs[name];
    if (data instanceof Float32Array) weights[name] = { data: data.map(weigh), shape };
  }
  return weights;
}

function weightedSum<O extends string>(
  outputs: Readonly<Record<O, FunctionalArray>>,
  weights: Partial<Record<O, { data: Float32Array }>>,
  of: (term: number) => number = (term) => term,
): number {
  let sum = 0;
  for (const name of Object.keys(weights) as O[]) {
    outputs[name].data.forEach((value: number, i: number) => (sum += of(value * weights[name]!.data[i]!)));
  }
  return sum;
}
