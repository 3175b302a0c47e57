// Is a first name female or male? Letters through an embedding and an LSTM that leaves the padding out.

import {
  adam,
  binaryCrossentropy,
  dense,
  dropout,
  embedding,
  lstm,
  sequential,
  type Callback,
  type History,
  type Model,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { riseAndFall } from '../schedule.js';
import { encodeName, LENGTH, SYMBOLS, type Names } from './names.js';

const BATCH_SIZE = 64;
const PEAK_RATE = 5e-3;

export interface LstmBudget {
  train: Names;
  test: Names;
  epochs: number;
  units?: number;
  callbacks?: readonly Callback[];
}

export interface LstmResult {
  /** Shares of the held-out names. */
  testAccuracy: number;
  majorityAccuracy: number;
  trainingAccuracy: number;
  /** How surely held-out names are female, in their order. */
  scores: Float32Array;
  /** Largest change of a score when names are padded less. */
  effectOfPadding: number;
  history: History['history'];
  seconds: number;
  summary: string;
}

/** The share of the more frequent class of the training names among the held-out ones. */
function majority(train: Names, test: Names): number {
  const share = ({ labels, count }: Names) => labels.reduce((sum, label) => sum + label, 0) / count;
  return share(train) >= 0.5 ? share(test) : 1 - share(test);
}

function buildModel(length: number, units: number): Model {
  return sequential(
    [
      embedding(SYMBOLS, 24, { maskZero: true, inputShape: [length] }),
      lstm(units),
      dropout(0.4),
      dense(1, { activation: 'sigmoid' }),
    ],
    { name: 'lstm', seed: 1 },
  );
}

/** The largest change of a score by padding to LENGTH instead of the length of the longest of some names. */
async function effectOfPadding(model: Model, units: number, { names }: Names): Promise<number> {
  const short = names.filter((name) => name.length <= LENGTH / 2).slice(0, 50);
  const encode = (length: number) => ({
    data: Int32Array.from(short.flatMap((name) => encodeName(name).slice(0, length))),
    shape: [short.length, length],
  });
  using brief = buildModel(LENGTH / 2, units);
  brief.setParameters(model.parameters());
  const [long, cut] = [await model.predict(encode(LENGTH)), await brief.predict(encode(LENGTH / 2))];
  return long.data.reduce((most, score, i) => Math.max(most, Math.abs(score - cut.data[i]!)), 0);
}

/** Trains on names and measures on others. */
export async function run({ train, test, epochs, units = 96, callbacks = [] }: LstmBudget): Promise<LstmResult> {
  using model = buildModel(LENGTH, units);
  const steps = epochs * Math.ceil(train.count / BATCH_SIZE);
  model.compile({
    optimizer: adam({ learningRate: riseAndFall(PEAK_RATE, steps, Math.ceil(steps / 10)), globalClipNorm: 1 }),
    loss: binaryCrossentropy({ fromLogits: false }),
    metrics: ['accuracy'],
  });
  const { value, seconds } = await timed(() =>
    model.fit(train.letters, train.labels, { epochs, batchSize: BATCH_SIZE, callbacks }),
  );
  const { data: scores } = await model.predict(test.letters);
  return {
    testAccuracy: (await model.evaluate(test.letters, test.labels)).accuracy!,
    majorityAccuracy: majority(train, test),
    trainingAccuracy: (await model.evaluate(train.letters, train.labels)).accuracy!,
    scores: Float32Array.from(scores),
    effectOfPadding: await effectOfPadding(model, units, test),
    history: value.history,
    seconds,
    summary: model.summary(),
  };
}
