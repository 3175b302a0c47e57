// A net that reads 0 to 4 goes to ONNX, is run by ONNX Runtime, comes back frozen, and learns 5 to 9 from a few images.

import * as ort from 'onnxruntime-web';
import {
  adam,
  conv2d,
  dense,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
  type Callback,
  type Model,
  type SymbolicTensor,
} from '../../bindings/index.js';
import { exportOnnx, importOnnx } from '../../bindings/formats/onnx/index.js';
import { IMAGE_SIDE, type LabelledImages } from '../mnist/data.js';

const PIXELS = IMAGE_SIDE * IMAGE_SIDE;
/** The layer whose output is the features that are kept. */
const FEATURES = 'lastPooling';

export interface OnnxBudget {
  train: LabelledImages;
  test: LabelledImages;
  /** Images of the digits 0 to 4 to train on. */
  images: number;
  /** Images of each digit from 5 to 9 to fine-tune on. */
  shots: number;
  epochs: number;
  callbacks?: readonly Callback[];
}

export interface OnnxResult {
  /** On test images of 0 to 4. */
  accuracy: number;
  fileBytes: number;
  /** Largest difference of a probability between `predict` and ONNX Runtime. */
  difference: number;
  compared: number;
  /** On test images of 5 to 9: features from the file, and a net of the same form that starts from nothing. */
  fineTuned: number;
  fromNothing: number;
  summary: string;
}

/** Images of the digits from `first` to `first` + 4, labelled 0 to 4: at most `each` of a digit. */
function digits({ images, labels, count }: LabelledImages, first: number, each: number): LabelledImages {
  const seen = new Array<number>(5).fill(0);
  const kept = Array.from({ length: count }, (_, i) => i).filter((i) => {
    const digit = labels[i]! - first;
    return digit >= 0 && digit < 5 && seen[digit]!++ < each;
  });
  const picked = new Uint8Array(kept.length * PIXELS);
  kept.forEach((i, k) => picked.set(images.subarray(i * PIXELS, (i + 1) * PIXELS), k * PIXELS));
  return { images: picked, labels: Int32Array.from(kept, (i) => labels[i]! - first), count: kept.length };
}

const makeNet = (): Model =>
  sequential(
    [
      rescaling(1 / 255, { inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1] }),
      conv2d(16, 3, { activation: 'relu' }),
      maxPooling2d(2),
      conv2d(32, 3, { activation: 'relu' }),
      maxPooling2d(2, { name: FEATURES }),
      flatten(),
      dense(64, { activation: 'tanh' }),
      dense(5, { activation: 'softmax' }),
    ],
    { name: 'zeroToFour', seed: 1 },
  );

const newHead = (features: SymbolicTensor): SymbolicTensor =>
  dense(5, { activation: 'softmax', name: 'fiveToNine' })(flatten()(features));

async function train(
  net: Model,
  { images, labels }: LabelledImages,
  epochs: number,
  callbacks: readonly Callback[] = [],
) {
  net.compile({
    optimizer: adam({ learningRate: 2e-3 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  await net.fit(images, labels, { epochs, batchSize: 32, callbacks });
}

const accuracyOf = async (net: Model, { images, labels }: LabelledImages): Promise<number> =>
  (await net.evaluate(images, labels)).accuracy!;

/** Probabilities by ONNX Runtime, on its WebAssembly backend. */
async function runInOnnxRuntime(file: Uint8Array, { images, count }: LabelledImages): Promise<Float32Array> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(file);
  const x = new ort.Tensor('float32', Float32Array.from(images), [count, IMAGE_SIDE, IMAGE_SIDE, 1]);
  const results = await session.run({ [session.inputNames[0]!]: x });
  const { data } = results[session.outputNames[0]!]!;
  await session.release();
  return data as Float32Array;
}

export async function run(budget: OnnxBudget): Promise<OnnxResult> {
  const { epochs, shots, callbacks = [] } = budget;
  const [first, second] = [0, 5].map((digit) => digits(budget.test, digit, Infinity)) as [
    LabelledImages,
    LabelledImages,
  ];
  using net = makeNet();
  await train(net, digits(budget.train, 0, Math.ceil(budget.images / 5)), epochs, callbacks);
  const file = exportOnnx(net);

  const compared = { ...first, images: first.images.subarray(0, 500 * PIXELS), count: Math.min(500, first.count) };
  const [ours, theirs] = [(await net.predict(compared.images)).data, await runInOnnxRuntime(file, compared)];
  const difference = ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - theirs[i]!)), 0);

  const few = digits(budget.train, 5, shots);
  using tuned = importOnnx(file, { trainable: false, until: FEATURES, head: newHead, name: 'fiveToNine' });
  await train(tuned, few, 40);
  using fresh = makeNet();
  await train(fresh, few, 40);
  return {
    accuracy: await accuracyOf(net, first),
    fileBytes: file.length,
    difference,
    compared: compared.count,
    fineTuned: await accuracyOf(tuned, second),
    fromNothing: await accuracyOf(fresh, second),
    summary: tuned.summary(),
  };
}
