// The main job: ways to train one network on 1,000 labels, each over several seeds, and which of them help.
// `--quick` for a small budget. Writes reports/study.json and reports/study.html.

import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { init, previewAugmentation } from '../../bindings/index.js';
import { report, studyTable } from '../../bindings/report/index.js';
import { table, timed } from '../figures.js';
import { IMAGE_SIDE, loadMnist, type LabelledImages } from '../mnist/data.js';
import { liveTable } from './liveTable.js';
import { LABELS } from './run.js';
import { runStudy, type TechniqueResult } from './study.js';
import { AUGMENTATIONS, BATCH_SIZE, LEARNING_RATE, NETWORK, TECHNIQUES } from './techniques.js';

const isQuick = process.argv.includes('--quick');
const EPOCHS = isQuick ? 12 : 30;
const SEEDS = Array.from({ length: isQuick ? 3 : 8 }, (_, i) => i + 1);
const REPORT = 'reports/study.json';
const PAGE = 'reports/study.html';

/** Three digits as they are, and in five epochs. */
function samplesOf({ images }: LabelledImages) {
  const [digits, epochs] = [
    [0, 1, 2],
    [0, 1, 2, 3, 4],
  ];
  const size = IMAGE_SIDE * IMAGE_SIDE;
  const x = { data: images.subarray(0, digits.length * size), shape: [digits.length, IMAGE_SIDE, IMAGE_SIDE, 1] };
  const range = [0, 255] as const;
  const rows = [previewAugmentation(x, [], { range })];
  for (const epoch of epochs) rows.push(previewAugmentation(x, AUGMENTATIONS, { range, seed: SEEDS[0]!, epoch }));
  const pictures = digits.flatMap((digit) =>
    rows.map((row, i) => ({
      label: i === 0 ? `digit ${digit + 1}` : `digit ${digit + 1}, epoch ${i}`,
      ...row[digit]!,
    })),
  );
  return {
    width: IMAGE_SIDE,
    height: IMAGE_SIDE,
    images: pictures.map(({ data }) => data),
    labels: pictures.map(({ label }) => label),
    columns: rows.length,
  };
}

await init({ threads: 'auto' });
const { train, test } = loadMnist();
console.log(
  `MNIST: ${LABELS} training, ${LABELS} dev and ${test.count} test images; ${NETWORK}; ${SEEDS.length} seeds\n`,
);
const { onProgress, stop } = liveTable(TECHNIQUES, SEEDS.length);
const { value: results, seconds } = await timed(() =>
  runStudy({ train, test, techniques: TECHNIQUES, seeds: SEEDS, epochs: EPOCHS, onProgress }),
).finally(stop);

const { columns, rows } = studyTable(results);
if (isQuick) console.log('\nA small budget: what learns more slowly looks worse here than it is.');
console.log(`\n${table([columns, ...rows])}`);
console.log(
  `\n± is the standard deviation over seeds; against plain, the 95 % interval of the paired difference in points.`,
);

const study = {
  title: `Regularisation with ${LABELS} labels of MNIST`,
  date: new Date().toISOString(),
  machine: {
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    node: process.version,
    platform: platform(),
    arch: arch(),
  },
  network: NETWORK,
  data: { trainingImages: LABELS, devImages: LABELS, testImages: test.count },
  settings: { epochs: EPOCHS, batchSize: BATCH_SIZE, learningRate: LEARNING_RATE, optimizer: 'adam', seeds: SEEDS },
  totalSeconds: seconds,
  techniques: results,
};
mkdirSync('reports', { recursive: true });
writeFileSync(REPORT, `${JSON.stringify(study)}\n`);

/** What the page shows in detail: plain beside the technique of the best mean. */
const best = results.reduce((a, b) => (b.testAccuracy.mean > a.testAccuracy.mean ? b : a));
const shown = [...new Set([results[0]!, best])];
const ofShown = <T>(pick: (result: TechniqueResult) => T): Record<string, T> =>
  Object.fromEntries(shown.map((result) => [result.name, pick(result)]));
const weights = shown.flatMap(({ name, predictions }) =>
  Object.entries(predictions.weights).map(([path, counts]) => [`${name}: ${path}`, counts] as const),
);
const page = await report(study, {
  text: `${NETWORK}; ${LABELS} training and ${LABELS} dev images drawn anew for each of ${SEEDS.length} seeds, ${test.count} test images.`,
  confusion: ofShown(({ predictions }) => predictions.confusion),
  roc: ofShown(({ predictions }) => predictions.roc),
  calibration: ofShown(({ predictions }) => predictions.calibration),
  weights: Object.fromEntries(weights),
  augmentation: samplesOf(train),
});
writeFileSync(PAGE, page);
console.log(`${seconds.toFixed(1)} s in all; every figure: ${REPORT}, as pictures: ${PAGE}`);
