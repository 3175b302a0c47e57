// The table of examples/quantize, on a small budget.

import { expect, test } from 'vitest';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';
import { run } from '../../examples/quantize/quantize.js';

test('files are a half and a quarter as large, and read digits as well', async () => {
  const { train, test: unseen } = loadMnist();
  const rows = await run({ train: takeImages(train, 2000), test: takeImages(unseen, 500), epochs: 2 });
  expect(rows.map(({ weights }) => weights)).toEqual(Array(3).fill(['float32', 'float16', 'int8']).flat());
  for (const row of rows) {
    const whole = rows.find(({ net }) => net === row.net)!;
    const share = row.bytes / whole.bytes;
    const [most, change] = { float32: [1, 0], float16: [0.55, 0.01], int8: [0.3, 0.2] }[row.weights] as [
      number,
      number,
    ];
    expect(share).toBeLessThanOrEqual(most);
    expect(row.probabilityChange).toBeLessThanOrEqual(change);
    expect(Math.abs(row.accuracy - whole.accuracy)).toBeLessThanOrEqual(0.012);
    expect(whole.accuracy).toBeGreaterThan(0.8);
    expect(row.int8.length > 0).toBe(row.weights === 'int8');
  }
});
