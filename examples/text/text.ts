// Spam or not, learned from the first words of few mails: word embeddings and a small LSTM, with and without word swap and
// synonyms.

import {
  adam,
  binaryCrossentropy,
  conv1d,
  dense,
  dropout,
  embedding,
  globalAveragePooling1d,
  globalMaxPooling1d,
  iterableDataset,
  lstm,
  metrics,
  randomWordSwap,
  sequential,
  synonymReplacement,
  textAugmenter,
  textVectorizer,
  trainTestSplit,
  type Dataset,
  type Model,
  type TextAugmenter,
  type TextTransform,
  type TextVectorizer,
  type Thesaurus,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { runPairs, type PairedRun } from '../paired.js';
import { loadMails, type Mail } from './mails.js';
import { wordNetThesaurus } from './wordnet.js';

/** Words of a mail that are read. */
const LENGTH = 20;
const BATCH_SIZE = 16;

export interface TextBudget {
  net?: NetName;
  /** Mails that are trained on; the test is on `test` others. */
  train: number;
  test: number;
  epochs: number;
  seeds: readonly number[];
  onRun?: (run: PairedRun) => void;
}

export interface TextResult {
  mails: number;
  spam: number;
  /** Share of the larger class. */
  majority: number;
  runs: PairedRun[];
  /** A mail of the training data, and variants of it in the first epochs. */
  sample: { text: string; variants: string[] };
  summary: string;
  seconds: number;
}

interface Parts {
  train: readonly Mail[];
  test: readonly Mail[];
}

/** Mails to train on and to test on, drawn anew for each seed. */
function drawParts(mails: readonly Mail[], { train, test }: TextBudget, seed: number): Parts {
  const stratify = mails.map(({ isSpam }) => Number(isSpam));
  // The few mails that are trained on are cut off as a validation part would be; the large rest is not used.
  const parts = trainTestSplit(mails.length, { validation: train, test, stratify, seed });
  const take = (indices: ArrayLike<number>) => Array.from(indices, (i) => mails[i]!);
  return { train: take(parts.validation), test: take(parts.test) };
}

type Recipe = (thesaurus: Thesaurus) => TextTransform[];
const synonyms: Recipe = (thesaurus) => [synonymReplacement({ thesaurus, share: [0, 0.4] })];
const swap: Recipe = () => [randomWordSwap({ share: [0, 0.3] })];
const both: Recipe = (thesaurus) => [...synonyms(thesaurus), ...swap(thesaurus)];

const ARMS: Readonly<Record<string, Recipe | undefined>> = {
  plain: undefined,
  synonyms,
  swap,
  'synonyms and swap': both,
};

/** What reads the embeddings of the words: an LSTM in their order, detectors of three words, or their mean, which has no order. */
const READERS = {
  lstm: () => [lstm(32)],
  convolution: () => [conv1d(64, 3, { activation: 'relu' }), globalMaxPooling1d()],
  mean: () => [globalAveragePooling1d()],
};
export type NetName = keyof typeof READERS;
export const NETS = Object.keys(READERS) as NetName[];

function buildModel(net: NetName, words: number, seed: number): Model {
  const model = sequential(
    [
      embedding(words, 32, { maskZero: net !== 'convolution', inputShape: [LENGTH] }),
      dropout(0.2),
      ...READERS[net](),
      dropout(0.4),
      dense(1, { activation: 'sigmoid' }),
    ],
    { name: 'text', seed },
  );
  model.compile({
    optimizer: adam({ learningRate: 5e-3 }),
    loss: binaryCrossentropy({ fromLogits: false }),
    metrics: ['accuracy'],
  });
  return model;
}

/** What each epoch trains on: with an augmenter, new variants of the mails every time. */
function batchesOf(train: readonly Mail[], vectorizer: TextVectorizer, seed: number, augmenter?: TextAugmenter) {
  const mails: Dataset<Mail> = iterableDataset(train);
  return (augmenter ? mails.map(augmenter.step({ field: 'words' })) : mails)
    .map(({ words, isSpam }) => ({ x: vectorizer.transform([words]).data, y: [Number(isSpam)] }))
    .shuffle(train.length, { seed })
    .batch(BATCH_SIZE);
}

interface Course {
  net: NetName;
  epochs: number;
  seed: number;
  vectorizer: TextVectorizer;
  augmenter: TextAugmenter | undefined;
}

async function trainAndTest({ train, test }: Parts, { net, epochs, seed, vectorizer, augmenter }: Course) {
  using model = buildModel(net, vectorizer.vocabulary!.length, seed);
  await model.fit(batchesOf(train, vectorizer, seed, augmenter), { epochs });
  const yTest = Int32Array.from(test, ({ isSpam }) => Number(isSpam));
  const { data: scores } = await model.predict(vectorizer.transform(test.map(({ words }) => words)));
  const said = Int32Array.from(scores, (score) => Number(score > 0.5));
  return {
    figures: { accuracy: metrics.accuracy(yTest, said), F1: metrics.f1(yTest, said) },
    summary: model.summary(),
  };
}

/** The beginning of a training mail, and what is made of it in the first epochs. */
function showVariants(train: readonly Mail[], seed: number): TextResult['sample'] {
  const index = train.findIndex(({ isSpam }) => isSpam);
  const words = train[index]!.words.slice(0, 16);
  const augmenter = textAugmenter(both(wordNetThesaurus(words)), { seed });
  const variants = [0, 1, 2].map((epoch) => augmenter.tokens(words, { epoch, index }).join(' '));
  return { text: words.join(' '), variants };
}

/** For each seed: few mails, and nets that are trained on them as they are, and on variants of them. */
export async function run(budget: TextBudget): Promise<TextResult> {
  const { net = 'lstm', epochs, seeds, onRun } = budget;
  const mails = loadMails(LENGTH);
  const spam = mails.filter(({ isSpam }) => isSpam).length;
  let summary = '';
  const prepare = (seed: number) => {
    const parts = drawParts(mails, budget, seed);
    const words = parts.train.map((mail) => mail.words);
    const thesaurus = wordNetThesaurus(words.flat());
    // All nets know the synonyms by number, so that they differ in what they are trained on alone.
    const vectorizer = textVectorizer({ outputLength: LENGTH }).fit([...words, ...thesaurus.values()]);
    return async (recipe: Recipe | undefined) => {
      const augmenter = recipe && textAugmenter(recipe(thesaurus), { seed });
      const trained = await trainAndTest(parts, { net, epochs, seed, vectorizer, augmenter });
      ({ summary } = trained);
      return trained.figures;
    };
  };
  const { value: runs, seconds } = await timed(() => runPairs(seeds, ARMS, prepare, onRun));
  const sample = showVariants(drawParts(mails, budget, seeds[0]!).train, seeds[0]!);
  return {
    mails: mails.length,
    spam,
    majority: Math.max(spam, mails.length - spam) / mails.length,
    runs,
    sample,
    summary,
    seconds,
  };
}
