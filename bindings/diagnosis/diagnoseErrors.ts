import { formatTable } from '../graph/print.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';

/** Errors to compare: shares of wrong answers, or any figure that falls as the model gets better. */
export interface ErrorsToDiagnose {
  /** On what the model was trained on, in evaluation mode. */
  train: number;
  /** On data that are distributed as those for training, but were not trained on. */
  trainDev?: number;
  /** On the data that matter. */
  dev: number;
  /** The least error that any model could have, such as that of people; 0 by default. */
  bayesError?: number;
  /** Differences up to this are no problem; 0 by default. */
  tolerance?: number;
}

export type ProblemName = 'avoidableBias' | 'variance' | 'dataMismatch';

export interface Problem {
  name: ProblemName;
  /** By how much the error would fall without it. */
  size: number;
  /** What to try, what most often helps first. */
  remedies: readonly string[];
}

/** What `diagnoseErrors` and `diagnose` find. */
export interface Diagnosis {
  errors: { bayes: number; train: number; trainDev: number | undefined; dev: number };
  /** train - bayes; negative where the Bayes error was thought larger than it is. */
  avoidableBias: number;
  /** trainDev - train, or dev - train without trainDev. */
  variance: number;
  /** dev - trainDev; undefined without trainDev. */
  dataMismatch: number | undefined;
  /** Those larger than the tolerance, the largest first. */
  problems: readonly Problem[];
  /** Undefined where no difference is larger than the tolerance. */
  largest: ProblemName | undefined;
  /** The remedies of the largest problem. */
  remedies: readonly string[];
  /** What to keep in mind about the figures. */
  notes: readonly string[];
  /** A table of errors and differences, the verdict and the remedies, for people. */
  format(): string;
  toString(): string;
}

/** After Ng, chapters 25, 27 and 42, in the words of the library. */
const REMEDIES: Readonly<Record<ProblemName, readonly string[]>> = {
  avoidableBias: [
    'a larger network: more units or layers (with regularisation, so that the variance does not grow)',
    'longer training, or another optimiser or learning rate: findLearningRate, adam, a schedule',
    'less regularisation: smaller penalties and dropout rates, no early stopping',
    'another architecture: convolutions, recurrence or attention where the data have such structure; residual blocks, batch normalisation',
    'error analysis on the training set: features or inputs that people would need to decide',
  ],
  variance: [
    'more training data: learningCurve tells whether they would help',
    'augmentation of the training data',
    'more regularisation: l2, l1, dropout, label smoothing, noise; validationCurve tells how much',
    'early stopping on the dev error',
    'fewer features or a smaller network, if the computation is too dear for the above',
    'the mean of several models: an ensemble, ema or swa',
  ],
  dataMismatch: [
    'error analysis on the dev set: in what its samples differ from those trained on',
    'training data more like the dev data, found or made: collected, augmented (noise, blur, lighting), synthesised',
    'some of the dev data for training, those of the dev kind with a larger sampleWeight',
    'the same preprocessing on both sides: a scaler fitted on other data shifts the inputs',
  ],
};

const TITLES: Readonly<Record<ProblemName, string>> = {
  avoidableBias: 'avoidable bias',
  variance: 'variance',
  dataMismatch: 'data mismatch',
};

const WHERE = 'diagnoseErrors';

/**
 * Splits an error into what can be done about it: avoidable bias = train - Bayes, variance = trainDev - train (dev - train
 * without trainDev), data mismatch = dev - trainDev. They add up to dev - Bayes. Names the largest and what to try next.
 * Ng, "Machine Learning Yearning", 2018, chapters 20 to 27 and 40 to 42.
 *
 * @throws OptionError for errors that are not finite, a negative tolerance, and unknown options.
 * @example
 * const diagnosis = diagnoseErrors({ train: 0.01, dev: 0.11, bayesError: 0 });
 * diagnosis.largest; // 'variance'
 */
export function diagnoseErrors(errors: ErrorsToDiagnose): Diagnosis {
  checkOptions(WHERE, errors, ['train', 'trainDev', 'dev', 'bayesError', 'tolerance']);
  const { train, trainDev, dev, bayesError = 0, tolerance = 0 } = errors;
  for (const [name, value] of Object.entries({ train, trainDev: trainDev ?? 0, dev, bayesError })) {
    checkNumber(WHERE, name, value);
  }
  checkNumber(WHERE, 'tolerance', tolerance, { minimum: 0 });
  const sizes = {
    avoidableBias: train - bayesError,
    variance: (trainDev ?? dev) - train,
    dataMismatch: trainDev === undefined ? undefined : dev - trainDev,
  };
  const problems = (Object.entries(sizes) as [ProblemName, number | undefined][])
    .filter((entry): entry is [ProblemName, number] => entry[1] !== undefined && entry[1] > tolerance)
    .sort(([, a], [, b]) => b - a)
    .map(([name, size]): Problem => ({ name, size, remedies: REMEDIES[name] }));
  const diagnosis = {
    errors: { bayes: bayesError, train, trainDev, dev },
    ...sizes,
    problems,
    largest: problems[0]?.name,
    remedies: problems[0]?.remedies ?? [],
    notes: notesOf(errors),
  };
  const format = () => formatDiagnosis(diagnosis);
  return { ...diagnosis, format, toString: format };
}

function notesOf({ train, trainDev, dev, bayesError }: ErrorsToDiagnose): string[] {
  const notes: string[] = [];
  if (bayesError === undefined) {
    notes.push('The Bayes error was taken as 0. Give bayesError (that of people, say) to know what is avoidable.');
  } else if (train < bayesError) {
    notes.push(
      'The training error is below bayesError: the model learnt the samples by heart, or bayesError is too high.',
    );
  }
  if (trainDev === undefined) {
    notes.push('Without trainDev, a difference of the dev data from the training data counts as variance.');
  } else if (dev < trainDev) {
    notes.push('The dev data are easier than those for training.');
  }
  return notes;
}

/** Three digits that matter. What is left of the difference of equal errors is rounding. */
const formatError = (value: number): string => String(Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(3)));

function formatDiagnosis(diagnosis: Omit<Diagnosis, 'format' | 'toString'>): string {
  const { errors, problems, remedies, notes } = diagnosis;
  const { bayes, train, trainDev, dev } = errors;
  const row = (name: string, error: number, difference?: ProblemName): string[] => [
    name,
    formatError(error),
    difference ? `${TITLES[difference]} ${formatError(diagnosis[difference]!)}` : '',
  ];
  const rows = [
    row('Bayes', bayes),
    row('train', train, 'avoidableBias'),
    ...(trainDev === undefined ? [] : [row('trainDev', trainDev, 'variance')]),
    row('dev', dev, trainDev === undefined ? 'variance' : 'dataMismatch'),
  ];
  const [worst] = problems;
  const verdict = worst
    ? `Largest problem: ${TITLES[worst.name]} (${formatError(worst.size)}). To try next:`
    : 'No difference is larger than the tolerance.';
  return [
    formatTable([['data', 'error', 'of which'], ...rows]),
    verdict,
    ...remedies.map((remedy) => `- ${remedy}`),
    ...notes,
  ].join('\n');
}
