// A table to begin with: leaves of three made-up plants.

import { normalDraws } from '../../../random.js';

const PLANTS = [
  { name: 'birch', length: 5, width: 3.6, stem: 2 },
  { name: 'willow', length: 8.5, width: 1.6, stem: 0.9 },
  { name: 'lime', length: 7.2, width: 6.4, stem: 3.4 },
];

function makeSample(): string {
  const normal = normalDraws(7);
  const vary = (value: number) => (value * (1 + 0.17 * normal())).toFixed(2);
  const rows = Array.from({ length: 150 }, (_, i) => {
    const { name, length, width, stem } = PLANTS[i % PLANTS.length]!;
    return [vary(length), vary(width), vary(stem), name].join(',');
  });
  return ['length,width,stem,plant', ...rows].join('\n');
}

export const SAMPLE_CSV = makeSample();
