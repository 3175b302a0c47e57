// The answers that every subject is held to, in plain float64 JavaScript, and the tolerances of that comparison.

import { forward } from './reference/layers.js';
import { constant, parameter, Tape, type Value } from './reference/tape.js';
import { VALIDATION_STEPS, type GemmCase, type InferenceCase, type NetCase, type TrainingCase } from './subject.js';

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;

/** Products up to this many multiplications are checked whole, larger ones in sampled rows and columns. */
const WHOLE_PRODUCT = 2 ** 25;
const SAMPLED_LINES = 32;

/** Largest difference of a loss from the reference, relative to 1 + |loss|. Right answers were seen to reach 1.1e-5. */
const LOSS_TOLERANCE = 5e-5;
/**
 * Largest |moved - reference moved| / |reference moved| of a parameter tensor, in Euclidean norms. Right answers were seen
 * to reach 5e-5; beta1 of 0.91 for 0.9 gives 1e-3 and more, beta2 of 0.99 for 0.999 gives 6e-4, a rate 0.3 % off 3e-3.
 */
const MOVE_TOLERANCE = 2e-4;
/** Largest difference of an output from the reference, relative to the norm of all outputs. Right answers were seen to reach 5e-7. */
const OUTPUT_TOLERANCE = 5e-6;

/**
 * What is wrong with `c`, if anything. An element may differ by (k + 1) 2^-24 sum |a||b|: the bound that holds for any
 * order of a float32 sum, with or without FMA (Higham, Accuracy and Stability, 3.1).
 */
export function checkGemm(given: GemmCase, c: Float32Array): string | undefined {
  const { m, n, k } = given;
  if (c.length !== m * n) return `expected ${m * n} elements, got ${c.length}`;
  if (m * n * k <= WHOLE_PRODUCT) return checkBlock(given, c, lines(m, m), lines(n, n));
  const [someRows, someColumns] = [lines(m, SAMPLED_LINES), lines(n, SAMPLED_LINES)];
  return checkBlock(given, c, someRows, lines(n, n)) ?? checkBlock(given, c, lines(m, m), someColumns);
}

/** `count` line numbers spread over 0..size-1, first and last included. */
function lines(size: number, count: number): number[] {
  if (count >= size) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (size - 1)) / (count - 1)));
}

function checkBlock(given: GemmCase, c: Float32Array, rows: number[], columns: number[]): string | undefined {
  const { form, m, n, k, a, b } = given;
  const [aRow, aColumn] = form === 'TN' ? [1, m] : [k, 1];
  const [bRow, bColumn] = form === 'NT' ? [1, k] : [n, 1];
  for (const i of rows) {
    for (const j of columns) {
      let sum = 0;
      let magnitude = 0;
      for (let l = 0; l < k; l++) {
        const product = a[i * aRow + l * aColumn]! * b[l * bRow + j * bColumn]!;
        sum += product;
        magnitude += Math.abs(product);
      }
      const difference = Math.abs(c[i * n + j]! - sum);
      if (!(difference <= (k + 1) * ROUNDOFF * magnitude)) {
        return `C[${i}, ${j}] is ${c[i * n + j]}, expected ${sum} within ${(k + 1) * ROUNDOFF * magnitude}`;
      }
    }
  }
  return undefined;
}

/** What is wrong with the outputs of a forward pass, if anything. */
export function checkInference(
  given: InferenceCase,
  got: Float32Array,
  tolerance = OUTPUT_TOLERANCE,
): string | undefined {
  const { outputs } = forwardPass(given, given.weights.map(constant));
  if (got.length !== outputs.data.length) return `expected ${outputs.data.length} outputs, got ${got.length}`;
  const size = Math.sqrt(outputs.data.reduce((sum, y) => sum + y * y, 0));
  const at = outputs.data.findIndex((y, i) => !(Math.abs(got[i]! - y) <= tolerance * size));
  return at < 0 ? undefined : `output ${at} is ${got[at]}, expected ${outputs.data[at]}`;
}

const expectations = new WeakMap<TrainingCase, { losses: number[]; weights: Float64Array[] }>();

/** What is wrong with the losses and weights after so many steps (always as many for one case) without dropout, if anything. */
export function checkTraining(
  given: TrainingCase,
  got: { losses: ArrayLike<number>; weights: readonly ArrayLike<number>[] },
  steps = VALIDATION_STEPS,
): string | undefined {
  let expected = expectations.get(given);
  if (!expected) expectations.set(given, (expected = referenceTraining(given, steps)));
  for (const [step, loss] of expected.losses.entries()) {
    const difference = Math.abs(got.losses[step]! - loss);
    if (!(difference <= LOSS_TOLERANCE * (1 + Math.abs(loss)))) {
      return `loss of step ${step + 1} is ${got.losses[step]}, expected ${loss}`;
    }
  }
  for (const [i, weights] of expected.weights.entries()) {
    if (got.weights[i]?.length !== weights.length)
      return `parameter ${i} has ${got.weights[i]?.length} values, expected ${weights.length}`;
    const error = moveError(given.weights[i]!, weights, got.weights[i]);
    if (!(error <= MOVE_TOLERANCE)) {
      return `parameter ${i} moved otherwise than the reference by a share of ${error.toExponential(1)}`;
    }
  }
  return undefined;
}

/** How much the way from `start` to `got` differs from that to `expected`. A frozen or mis-scaled parameter cannot hide in it. */
function moveError(start: Float32Array, expected: Float64Array, got: ArrayLike<number>): number {
  let differences = 0;
  let moves = 0;
  for (let i = 0; i < start.length; i++) {
    differences += (got[i]! - expected[i]!) ** 2;
    moves += (expected[i]! - start[i]!) ** 2;
  }
  return Math.sqrt(differences / moves);
}

/** `steps` steps of the case without dropout. */
export function referenceTraining(given: TrainingCase, steps: number): { losses: number[]; weights: Float64Array[] } {
  const { beta1, beta2, learningRate, epsilon } = given.adam;
  const weights = given.weights.map((values) => Float64Array.from(values));
  const m = weights.map(({ length }) => new Float64Array(length));
  const v = weights.map(({ length }) => new Float64Array(length));
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const { loss, gradients } = lossAndGradients(given, weights);
    losses.push(loss);
    gradients.forEach((gradient, p) =>
      gradient.forEach((g, i) => {
        m[p]![i] = beta1 * m[p]![i]! + (1 - beta1) * g;
        v[p]![i] = beta2 * v[p]![i]! + (1 - beta2) * g * g;
        const [mHat, vHat] = [m[p]![i] / (1 - beta1 ** t), v[p]![i] / (1 - beta2 ** t)];
        weights[p]![i]! -= (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
      }),
    );
  }
  return { losses, weights };
}

function forwardPass(given: NetCase, parameters: readonly Value[]): { tape: Tape; outputs: Value } {
  const tape = new Tape();
  const [batch, shape] = [given.batch, given.inputShape];
  const rest = parameters.values();
  const outputs = forward(given.layers, constant(given.x), { tape, batch, shape, take: () => rest.next().value! });
  return { tape, outputs };
}

function lossAndGradients(given: TrainingCase, weights: Float64Array[]): { loss: number; gradients: Float64Array[] } {
  const parameters = weights.map((values) => parameter(values));
  const { tape, outputs } = forwardPass(given, parameters);
  const { loss, gradient } = lossOf(given, outputs.data);
  tape.backward(outputs, gradient);
  return { loss, gradients: parameters.map((value) => value.gradient!) };
}

/** A loss of a row of outputs and its label; writes the gradient of the row. */
type RowLoss = (outputs: Float64Array, label: number, gradient: Float64Array) => number;

const ROW_LOSSES: Record<TrainingCase['loss'], RowLoss> = {
  softmax(logits, label, gradient) {
    const highest = Math.max(...logits);
    const sum = logits.reduce((partial, z) => partial + Math.exp(z - highest), 0);
    logits.forEach((z, j) => (gradient[j] = Math.exp(z - highest) / sum - (j === label ? 1 : 0)));
    return highest + Math.log(sum) - logits[label]!;
  },
  sigmoid([z], label, gradient) {
    gradient[0] = 1 / (1 + Math.exp(-z!)) - label;
    return Math.max(z!, 0) - z! * label + Math.log1p(Math.exp(-Math.abs(z!)));
  },
  meanSquared([y], target, gradient) {
    gradient[0] = 2 * (y! - target);
    return (y! - target) ** 2;
  },
};

/** The mean loss of a batch, and the gradient of its outputs. */
function lossOf(
  { batch, loss, labels }: TrainingCase,
  outputs: Float64Array,
): { loss: number; gradient: Float64Array } {
  const columns = outputs.length / batch;
  const gradient = new Float64Array(outputs.length);
  let total = 0;
  for (let row = 0; row < batch; row++) {
    const part = (array: Float64Array) => array.subarray(row * columns, (row + 1) * columns);
    total += ROW_LOSSES[loss](part(outputs), labels[row]!, part(gradient));
  }
  return { loss: total / batch, gradient: gradient.map((g) => g / batch) };
}
