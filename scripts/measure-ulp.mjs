// Measures the error of the element-wise functions against float64 references, through `elementwise` instructions of
// the module that users run. The figures in the docstrings of assembly/lib and docs come from here.
//
//   node scripts/measure-ulp.mjs [path.wasm] [--quick | --all] [--only exponential,tanh]
//
// Inputs are float32 bit patterns, every exponent and both signs, a fixed stride apart: 65 thousand with --quick, 16
// million without, all 2^32 with --all (minutes a function; the maxima come out up to a fifth larger). The error is the
// distance from the exact value in ULP, the spacing of float32 there: half an ULP is the best possible, and a result
// next to the right float32 counts as up to 1.5. The last column is the error over max(1, |exact value|).

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, all: { type: 'boolean' }, only: { type: 'string' } },
});
const stride = options.all ? 1 : options.quick ? 65537 : 257;
const only = options.only?.split(',');

// ---- float64 references ----

const TERMS = 80;
const SQRT_PI = Math.sqrt(Math.PI);

/** erf for |x| < 2 as a series of positive terms. */
function erfSeries(x) {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); ++n) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * Math.exp(-x * x)) / SQRT_PI) * sum;
}

/** erfc for x >= 2 as a continued fraction. */
function erfcFraction(x) {
  let tail = x;
  for (let n = TERMS; n >= 1; --n) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / SQRT_PI / tail;
}

function erf(x) {
  if (Math.abs(x) < 2) return erfSeries(x);
  return x > 0 ? 1 - erfcFraction(x) : erfcFraction(-x) - 1;
}

function erfc(x) {
  if (Math.abs(x) < 2) return 1 - erfSeries(x);
  return x > 0 ? erfcFraction(x) : 2 - erfcFraction(-x);
}

const gaussian = (x) => erfc(-x * Math.SQRT1_2) / 2;
const density = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const geluTanhExponent = (x) => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const geluTanhExponentSlope = (x) => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);

/** x times a factor that vanishes before x does: 0 and not NaN at -Infinity. */
const fading = (x, factor) => (factor === 0 ? 0 : x * factor);

/** Slope of x sigmoid(v): s + x s (1 - s) dv/dx. */
const gateSlope = (x, v, slope) => sigmoid(v) + fading(x * slope, sigmoid(v) * sigmoid(-v));

/**
 * What is measured: an ElementwiseOp, its parameter, whether the input is the second operand (after a gradient of 1).
 */
const functions = [
  { op: 'exponential', exact: Math.exp },
  { op: 'logarithm', exact: Math.log },
  { op: 'tanh', exact: Math.tanh },
  { op: 'sigmoid', exact: sigmoid },
  { op: 'softplus', exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
  { op: 'elu', p0: 1, exact: (x) => (x > 0 ? x : Math.expm1(x)) },
  { op: 'silu', exact: (x) => fading(x, sigmoid(x)) },
  { op: 'erf', exact: erf },
  { op: 'gelu', exact: (x) => fading(x, gaussian(x)) },
  { op: 'geluTanh', exact: (x) => fading(x, sigmoid(geluTanhExponent(x))) },
  { op: 'siluGradient', isGradient: true, exact: (x) => gateSlope(x, x, 1) },
  { op: 'geluGradient', isGradient: true, exact: (x) => gaussian(x) + fading(x, density(x)) },
  {
    op: 'geluTanhGradient',
    isGradient: true,
    exact: (x) => gateSlope(x, geluTanhExponent(x), geluTanhExponentSlope(x)),
  },
  ...[0.5, -0.5, 1.5, 3, -2, 0.1, 20].map((p0) => ({ op: 'power', p0, exact: (x) => x ** Math.fround(p0) })),
];

// ---- the module ----

/** The enums of assembly/opcodes.ts, which holds nothing else but constants. */
function readEnums() {
  const source = readFileSync(new URL('assembly/opcodes.ts', root), 'utf8');
  const code = source.replace(/\/\*[^]*?\*\//g, '').replace(/\/\/.*/g, '');
  const enums = {};
  for (const [, name, body] of code.matchAll(/export enum (\w+) \{([^}]*)\}/g)) {
    let next = 0;
    enums[name] = {};
    for (const [, member, value] of body.matchAll(/(\w+)(?:\s*=\s*(\d+))?/g)) {
      next = value === undefined ? next : Number(value);
      enums[name][member] = next++;
    }
  }
  return enums;
}

const PAGE = 65536;
const MEBIBYTE = 1 << 20;
const CHUNK = 1 << 16;
const ones = 4 * MEBIBYTE;
const inputs = 5 * MEBIBYTE;
const outputs = 6 * MEBIBYTE;
const state = 7 * MEBIBYTE;
const instruction = state + 1024;
const wordTarget = state + 2048;
const scratch = 8 * MEBIBYTE;

const wasmPath = positionals[0] ?? fileURLToPath(new URL('build/core.release.wasm', root));
const memory = new WebAssembly.Memory({ initial: (16 * MEBIBYTE) / PAGE });
const { exports: core } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasmPath)), { env: { memory } });
const { Opcode, ElementwiseOp } = readEnums();
const words = new Uint32Array(memory.buffer);
const floats = new Float32Array(memory.buffer);

core.setScratch(scratch);
floats.fill(1, ones >> 2, (ones >> 2) + CHUNK);
words.set([3, 0, 0x12345678, 0x9abcdef0], state >> 2); // step, batch, seed

/** Runs one ElementwiseOp over a chunk: slots are a, b and the output. */
function runElementwise(op, a, b, p0, stream) {
  const slots = [a, 0, b, 0, outputs, 0];
  const step = [ElementwiseOp[op], 2, 0, 1, 0, 0, stream];
  const fields = [Opcode.elementwise, 0, 1, CHUNK, state, 0, 3, 1, ...slots, ...step];
  fields[1] = fields.length;
  words.set(fields, instruction >> 2);
  floats[(instruction >> 2) + fields.length - 2] = p0;
  core.runInstruction(instruction, 0, 1);
}

// ---- measuring ----

const exactWord = new Float32Array(1);
const exactBits = new Uint32Array(exactWord.buffer);

/** Distance between the float32 numbers around `exact`. */
function ulpOf(exact) {
  exactWord[0] = exact;
  const exponent = (exactBits[0] >>> 23) & 255;
  return 2 ** (Math.max(Math.min(exponent, 254), 1) - 150);
}

/** Error in ULP; 0 for an equal special value, Infinity for a wrong one. */
function errorInUlp(got, exact) {
  const rounded = Math.fround(exact);
  if (got === rounded && !Number.isFinite(got)) return 0;
  if (Number.isNaN(got) && Number.isNaN(exact)) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(exact)) return overflowError(got, exact);
  return Math.abs(got - exact) / ulpOf(exact);
}

/** Near the overflow threshold, Infinity is as far from the largest number as 2^128 is. */
function overflowError(got, exact) {
  if (Math.abs(got) === Infinity && Math.abs(exact) > 2 ** 127) return Math.abs(2 ** 128 - Math.abs(exact)) / 2 ** 104;
  return Infinity;
}

function measure({ op, p0 = 0, isGradient = false, exact }) {
  const worst = { ulp: 0, input: NaN, scaled: 0 };
  const input = inputs >> 2;
  const output = outputs >> 2;
  for (let pattern = 0; pattern < 2 ** 32; pattern += CHUNK * stride) {
    for (let i = 0; i < CHUNK; ++i) words[input + i] = pattern + i * stride;
    if (isGradient) runElementwise(op, ones, inputs, p0, 0);
    else runElementwise(op, inputs, inputs, p0, 0);
    for (let i = 0; i < CHUNK; ++i) {
      const x = floats[input + i];
      const value = exact(x);
      const got = floats[output + i];
      const ulp = errorInUlp(got, value);
      if (ulp > worst.ulp) {
        worst.ulp = ulp;
        worst.input = x;
      }
      const scaled = Math.abs(got - value) / Math.max(1, Math.abs(value));
      if (scaled > worst.scaled && Number.isFinite(got)) worst.scaled = scaled;
    }
  }
  return worst;
}

/** The largest error of `randomNormal` relative to the radius of its pair (see assembly/ops/elementwise/random.ts). */
function measureNormal(chunks) {
  let worst = 0;
  for (let stream = 0; stream < chunks; ++stream) {
    runElementwise('randomNormal', inputs, inputs, 0, stream);
    for (let i = 0; i < CHUNK; ++i) {
      const isSine = i & 4;
      const [first, second] = pairOfWords(i - isSine, stream);
      const radius = Math.sqrt(-2 * Math.log(((first >>> 8) + 1) * 2 ** -24));
      const angle = 2 * Math.PI * second * 2 ** -32;
      const exact = radius * (isSine ? Math.sin(angle) : Math.cos(angle));
      if (radius) worst = Math.max(worst, Math.abs(floats[(outputs >> 2) + i] - exact) / radius);
    }
  }
  return worst;
}

/** The words of elements `index` and `index + 4`. */
function pairOfWords(index, stream) {
  core.philox4x32(wordTarget, (index >> 4) * 4 + (index & 3), stream, words[state >> 2], 0, 0x12345678, 0x9abcdef0);
  const first = (wordTarget >> 2) + ((index >> 2) & 3);
  return [words[first], words[first + 1]];
}

console.log(`${wasmPath}: ${Math.ceil(2 ** 32 / stride).toLocaleString('en')} inputs a function\n`);
console.log(
  'function'.padEnd(20),
  'max ULP'.padStart(9),
  'worst input'.padStart(16),
  'error / max(1, |y|)'.padStart(21),
);
for (const entry of functions) {
  if (only && !only.includes(entry.op)) continue;
  const name = entry.op === 'power' ? `power ${entry.p0}` : entry.op;
  const { ulp, input, scaled } = measure(entry);
  console.log(
    name.padEnd(20),
    ulp.toFixed(2).padStart(9),
    String(Math.fround(input).toPrecision(9)).padStart(16),
    scaled.toExponential(2).padStart(21),
  );
}
if (!only || only.includes('randomNormal')) {
  const error = measureNormal(options.quick ? 1 : 64);
  console.log(`\nrandomNormal: error / radius of the pair at most ${error.toExponential(2)}`);
}
