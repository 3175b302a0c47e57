// From a CSV with gaps and categories to a tested classifier: split, preprocessing fitted on the training part alone, a check
// that the parts are alike, training, and a preprocessor that comes back from JSON.

import { readFileSync } from 'node:fs';
import {
  adam,
  binaryCrossentropy,
  categoryEncoder,
  columnTransformer,
  compareDistributions,
  dense,
  dropout,
  imputer,
  metrics,
  pipeline,
  preprocessorFromConfig,
  readCsv,
  sequential,
  standardScaler,
  trainTestSplit,
  type Callback,
  type DistributionReport,
  type Model,
  type Preprocessor,
  type PreprocessorConfig,
  type Table,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { FILE } from './customers.js';

const NUMBERS = ['age', 'months', 'bill', 'complaints'];
const CATEGORIES = ['region', 'contract', 'payment'];

export interface TabularBudget {
  text?: string;
  epochs: number;
  callbacks?: readonly Callback[];
}

export interface TabularResult {
  customers: number;
  /** Missing cells by column. */
  missing: Record<string, number>;
  /** What the preprocessing makes of a row. */
  features: readonly string[];
  parts: DistributionReport;
  testAccuracy: number;
  testAuc: number;
  majorityAccuracy: number;
  trainingAccuracy: number;
  /** Rows: what is; columns: what was predicted. no, yes. */
  confusion: number[][];
  /** Whether the preprocessor from JSON gives the same bits. */
  isSameFromJson: boolean;
  seconds: number;
  summary: string;
}

const makePreprocessor = (): Preprocessor =>
  columnTransformer([
    {
      columns: NUMBERS,
      transformer: pipeline([imputer({ strategy: 'median', addIndicator: true }), standardScaler()]),
    },
    { columns: CATEGORIES, transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
  ]);

const labelsOf = (table: Table): Int32Array =>
  Int32Array.from(table.column('cancelled'), (cell) => Number(cell === 'yes'));

function buildModel(features: number): Model {
  const model = sequential(
    [
      dense(32, { activation: 'relu', inputShape: [features] }),
      dropout(0.3),
      dense(16, { activation: 'relu' }),
      dense(1, { activation: 'sigmoid' }),
    ],
    { name: 'tabular', seed: 1 },
  );
  model.compile({
    optimizer: adam({ learningRate: 3e-3, weightDecay: 1e-3 }),
    loss: binaryCrossentropy({ fromLogits: false }),
    metrics: ['accuracy'],
  });
  return model;
}

/** Trains on four fifths of the customers and measures on the others. */
export async function run({ text, epochs, callbacks = [] }: TabularBudget): Promise<TabularResult> {
  const table = readCsv(text ?? readFileSync(FILE, 'utf8'));
  const split = trainTestSplit(table.rows, { test: 0.2, stratify: labelsOf(table), seed: 4 });
  const [train, test] = [table.take(split.train), table.take(split.test)];
  const prepare = makePreprocessor().fit(train);
  const [xTrain, xTest] = [prepare.transform(train), prepare.transform(test)];
  const [yTrain, yTest] = [labelsOf(train), labelsOf(test)];

  using model = buildModel(xTrain.names.length);
  const { seconds } = await timed(() => model.fit(xTrain, yTrain, { epochs, batchSize: 32, callbacks }));
  const scores = (await model.predict(xTest)).data;
  const confusion = [0, 1].map((actual) =>
    [0, 1].map((said) => yTest.filter((label, i) => label === actual && Number(scores[i]! > 0.5) === said).length),
  );
  const stored = preprocessorFromConfig(JSON.parse(JSON.stringify(prepare)) as PreprocessorConfig) as Preprocessor;
  const again = await model.predict(stored.transform(test));
  const missing = table.names.map((name) => [name, table.column(name).filter((cell) => cell === null).length] as const);
  return {
    customers: table.rows,
    missing: Object.fromEntries(missing.filter(([, count]) => count > 0)),
    features: xTrain.names,
    parts: compareDistributions({ x: xTrain, y: yTrain }, { x: xTest, y: yTest }),
    testAccuracy: (await model.evaluate(xTest, yTest)).accuracy!,
    testAuc: metrics.rocAuc(yTest, scores),
    majorityAccuracy: yTest.filter((label) => label === 0).length / yTest.length,
    trainingAccuracy: (await model.evaluate(xTrain, yTrain)).accuracy!,
    confusion,
    isSameFromJson: again.data.every((score, i) => score === scores[i]),
    seconds,
    summary: model.summary(),
  };
}
