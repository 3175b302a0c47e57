// Points in the plane. Nothing in here comes from the host's sin, cos or random: the same seed gives the same points anywhere.

import { cos, sin } from '../../../../bindings/runtime/math.js';
import { normalDraws, shuffledIndices, uniformDraws } from '../../../random.js';
import type { State } from '../state/state.js';
import { devCount, takeSamples, type SampleData } from './sampleData.js';

/** Points lie in the square from -EXTENT to EXTENT. */
const EXTENT = 3;
const RADIUS = 2.6;
const TURN = 2 * Math.PI;

interface Place {
  /** Number of the point within its class, and how many there are. */
  index: number;
  count: number;
  label: number;
  classes: number;
  uniform: () => number;
}

type Pattern = (place: Place) => [x: number, y: number];

const polar = (radius: number, angle: number): [number, number] => [radius * sin(angle), radius * cos(angle)];

const PATTERNS: Readonly<Record<string, Pattern>> = {
  spiral({ index, count, label, classes }) {
    const along = (index + 1) / count;
    return polar(RADIUS * along, TURN * (1.5 * along + label / classes));
  },
  circles({ label, classes, uniform }) {
    const ring = RADIUS / (classes - 0.4);
    const radius = label === 0 ? 0.6 * ring * Math.sqrt(uniform()) : ring * (label - 0.1 + 0.5 * uniform());
    return polar(radius, TURN * uniform());
  },
  xor({ label, uniform }) {
    const gap = 0.15;
    const side = () => gap + (RADIUS - gap) * uniform();
    const isRight = uniform() < 0.5;
    const isUpper = isRight === (label === 0);
    return [isRight ? side() : -side(), isUpper ? side() : -side()];
  },
  gaussians: ({ label, classes }) => polar(1.3, TURN * (label / classes + 1 / 8)),
};

/** How far noise of 1 moves a point, by pattern; clouds are of a size of their own. */
const NOISE: Readonly<Record<string, { scale: number; least: number }>> = {
  spiral: { scale: 1.2, least: 0 },
  circles: { scale: 1.2, least: 0 },
  xor: { scale: 1.2, least: 0 },
  gaussians: { scale: 2.4, least: 0.35 },
};

/** Points of one of the patterns, their labels dealt out evenly, in a random order. */
export function pointData(state: State): SampleData {
  const pattern = PATTERNS[state.data]!;
  const { scale, least } = NOISE[state.data]!;
  const classes = state.data === 'xor' ? 2 : state.classes;
  const uniform = uniformDraws(state.seed);
  const normal = normalDraws(state.seed + 1);
  const deviation = least + scale * state.noise;
  const x = new Float32Array(2 * state.samples);
  const y = new Int32Array(state.samples);
  const count = Math.ceil(state.samples / classes);
  for (let i = 0; i < state.samples; i++) {
    const label = i % classes;
    const place = pattern({ index: Math.floor(i / classes), count, label, classes, uniform });
    y[i] = label;
    x.set(
      place.map((value) => Math.min(EXTENT, Math.max(-EXTENT, value + deviation * normal()))),
      2 * i,
    );
  }
  const order = shuffledIndices(state.samples, state.seed + 2);
  const held = devCount(state.samples, state.dev);
  return {
    train: takeSamples(x, y, order.subarray(held)),
    dev: takeSamples(x, y, order.subarray(0, held)),
    shape: [2],
    classes: Array.from({ length: classes }, (_, label) => `class ${label + 1}`),
    features: ['x', 'y'],
    extent: EXTENT,
    notes: [],
  };
}
