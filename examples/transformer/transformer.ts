// A transformer that predicts the next character, in the form of GPT-2 (Radford et al. 2019): blocks of causal attention and of
// two dense layers, each with a normalisation in front and a residual connection. The output layer has the embedding's
// weights, transposed (Press & Wolf 2017).

import {
  adamw,
  dense,
  dropout,
  embedding,
  layerNormalization,
  multiHeadAttention,
  positionEmbedding,
  randomNormal,
  residual,
  sequential,
  sparseCategoricalCrossentropy,
  tie,
  type Callback,
  type History,
  type Layer,
  type Model,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { uniformDraws } from '../random.js';
import { riseAndFall } from '../schedule.js';
import { encode, IGNORED, unigramBits, windows, type Text } from './text.js';

const BATCH_SIZE = 32;
const PEAK_RATE = 3e-3;
const DROPOUT = 0.1;
const TEMPERATURE = 0.7;

/** Sizes of the net. */
export interface TransformerSizes {
  /** Characters that it sees at a time. */
  length: number;
  width: number;
  heads: number;
  blocks: number;
}

export const SIZES: TransformerSizes = { length: 64, width: 96, heads: 4, blocks: 3 };

export interface TransformerBudget {
  text: Text;
  epochs: number;
  sizes?: TransformerSizes;
  /** Characters of the sample; 0 for none. */
  sampleLength?: number;
  prompt?: string;
  callbacks?: readonly Callback[];
}

export interface TransformerResult {
  /** Bits a character on the held-out text, each character with at least half a window before it. */
  bits: number;
  /** The same by the frequencies of characters alone. */
  unigramBits: number;
  sample: string;
  /** Names of the parameters that have storage of their own. */
  parameters: string[];
  history: History['history'];
  seconds: number;
  summary: string;
}

function block({ width, heads }: TransformerSizes, blocks: number): Layer[] {
  // What a residual branch adds is smaller the more of them there are, as in GPT-2.
  const intoSum = { kernelInitializer: randomNormal({ standardDeviation: 0.05 / Math.sqrt(2 * blocks) }) };
  return [
    residual([layerNormalization(), multiHeadAttention(heads, { causal: true }), dropout(DROPOUT)]),
    residual([layerNormalization(), dense(4 * width, { activation: 'gelu' }), dense(width, intoSum), dropout(DROPOUT)]),
  ];
}

export function buildModel(symbols: number, sizes: TransformerSizes): Model {
  const { length, width, blocks } = sizes;
  const initializer = randomNormal({ standardDeviation: 0.05 });
  const table = embedding(symbols, width, {
    inputShape: [length],
    embeddingsInitializer: initializer,
    name: 'characters',
  });
  return sequential(
    [
      table,
      positionEmbedding(length, { embeddingsInitializer: initializer, name: 'positions' }),
      dropout(DROPOUT),
      ...Array.from({ length: blocks }, () => block(sizes, blocks)).flat(),
      layerNormalization(),
      dense(symbols, {
        kernelInitializer: tie(table.parameter('embeddings'), { transpose: true }),
        useBias: false,
        name: 'logits',
      }),
    ],
    { name: 'transformer', seed: 1 },
  );
}

/** A number drawn from the softmax of logits. */
function draw(logits: Float32Array, uniform: () => number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((logit) => Math.exp((logit - largest) / TEMPERATURE));
  let rest = uniform() * powers.reduce((a, b) => a + b, 0);
  const drawn = powers.findIndex((power) => (rest -= power) < 0);
  return drawn < 0 ? powers.length - 1 : drawn;
}

/** Goes on from a prompt, one character after the other. What stands behind the last one is not seen: the attention is causal. */
function sampleText(model: Model, { alphabet }: Text, length: number, prompt: string, count: number): string {
  const characters = [...encode(prompt, alphabet)];
  const uniform = uniformDraws(5);
  for (let i = 0; i < count; i++) {
    const seen = characters.slice(-length);
    const data = Int32Array.from({ length }, (_, position) => seen[position] ?? 0);
    const { data: logits } = model.predictSync({ data, shape: [1, length] });
    const begin = (seen.length - 1) * alphabet.length;
    characters.push(draw(Float32Array.from(logits.slice(begin, begin + alphabet.length)), uniform));
  }
  return characters.map((character) => alphabet[character]).join('');
}

/** Trains on the first part of a text, measures on the rest, and draws a passage. */
export async function run(budget: TransformerBudget): Promise<TransformerResult> {
  const { text, epochs, sizes = SIZES, sampleLength = 0, prompt = 'The whale', callbacks = [] } = budget;
  const { length } = sizes;
  using model = buildModel(text.alphabet.length, sizes);
  // Windows overlap by half, so that each character is predicted from short and from long contexts.
  const train = windows(text.train, length, length / 2);
  const test = windows(text.test, length, length / 2, length / 2);
  const steps = epochs * Math.ceil(train.count / BATCH_SIZE);
  model.compile({
    optimizer: adamw({
      learningRate: riseAndFall(PEAK_RATE, steps, Math.ceil(steps / 10)),
      weightDecay: 0.01,
      globalClipNorm: 1,
    }),
    loss: sparseCategoricalCrossentropy({ ignoreClass: IGNORED }),
  });
  const { value, seconds } = await timed(() =>
    model.fit(train.x, train.y, { epochs, batchSize: BATCH_SIZE, callbacks }),
  );
  const { loss } = await model.evaluate(test.x, test.y);
  return {
    bits: loss! / Math.LN2,
    unigramBits: unigramBits(text),
    sample: sampleText(model, text, length, prompt, sampleLength),
    parameters: Object.keys(model.parameters()),
    history: value.history,
    seconds,
    summary: model.summary(),
  };
}
