// Precision, recall and F1. What is undefined, because there is no sample or no prediction of a class, counts as 0.

import { checkNumber } from '../../runtime/suggest.js';
import { checkChoice } from '../../losses/loss.js';
import { classCounts, ratio, sumOf, type ClassCounts, type ClassOptions } from './classCounts.js';

const AVERAGES = ['binary', 'micro', 'macro', 'weighted'] as const;

/**
 * 'binary': of one class; 'micro': of all decisions together, which is the accuracy; 'macro': the mean over classes;
 * 'weighted': the mean weighted by the number of samples.
 */
export type Average = (typeof AVERAGES)[number];

export interface AverageOptions {
  /** 'binary' for two classes and 'macro' for more by default. */
  average?: Average | undefined;
  /** The class that 'binary' looks at; 1 by default. */
  positiveClass?: number | undefined;
}

/** A figure of one class from its counts. */
export type ClassFigure = (truePositives: number, support: number, predicted: number) => number;

export const precisionFigure: ClassFigure = (truePositives, _, predicted) => ratio(truePositives, predicted);
export const recallFigure: ClassFigure = (truePositives, support) => ratio(truePositives, support);
export const f1Figure: ClassFigure = (truePositives, support, predicted) =>
  ratio(2 * truePositives, support + predicted);

export const perClass = ({ truePositives, support, predicted }: ClassCounts, figure: ClassFigure): number[] =>
  Array.from(support, (total, c) => figure(truePositives[c]!, total, predicted[c]!));

/** Throws unless the options can be followed. */
export function checkAverage(where: string, { average, positiveClass = 1 }: AverageOptions): void {
  if (average !== undefined) checkChoice(where, 'average', average, AVERAGES);
  checkNumber(where, 'positiveClass', positiveClass, { minimum: 0, integer: true });
}

/** The average of a figure over classes. */
export function averageOf(where: string, counts: ClassCounts, figure: ClassFigure, options: AverageOptions): number {
  const classes = counts.support.length;
  const { average = classes === 2 ? 'binary' : 'macro', positiveClass = 1 } = options;
  if (average === 'binary') {
    checkNumber(where, 'positiveClass', positiveClass, { minimum: 0, below: classes, integer: true });
  }
  const figures = perClass(counts, figure);
  const total = sumOf(counts.support);
  const averages: Record<Average, () => number> = {
    binary: () => figures[positiveClass]!,
    micro: () => figure(sumOf(counts.truePositives), total, sumOf(counts.predicted)),
    macro: () => sumOf(figures) / classes,
    weighted: () => ratio(sumOf(figures.map((value, c) => value * counts.support[c]!)), total),
  };
  return averages[average]();
}

function averaged(name: string, figure: ClassFigure) {
  return (yTrue: ArrayLike<number>, yPred: ArrayLike<number>, options: AverageOptions & ClassOptions = {}): number => {
    checkAverage(name, options);
    return averageOf(name, classCounts(name, yTrue, yPred, options, ['average', 'positiveClass']), figure, options);
  };
}

/** Share of the predictions of a class that are right. @example metrics.precision([0, 1, 1], [0, 1, 0]) // 1 */
export const precision = averaged('precision', precisionFigure);

/** Share of the samples of a class that are found. @example metrics.recall([0, 1, 1], [0, 1, 0]) // 0.5 */
export const recall = averaged('recall', recallFigure);

/** Harmonic mean of precision and recall. @example metrics.f1([0, 1, 1], [0, 1, 0], { average: 'macro' }) // 0.667 */
export const f1 = averaged('f1', f1Figure);

/** Figures of each class. */
export interface ClassReport {
  precision: number[];
  recall: number[];
  f1: number[];
  /** Weight of the class's samples. */
  support: number[];
}

/** Precision, recall and F1 of each class. @example metrics.classificationReport([0, 1, 1], [0, 1, 0]).recall // [1, 0.5] */
export function classificationReport(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: ClassOptions = {},
): ClassReport {
  const counts = classCounts('classificationReport', yTrue, yPred, options);
  return {
    precision: perClass(counts, precisionFigure),
    recall: perClass(counts, recallFigure),
    f1: perClass(counts, f1Figure),
    support: Array.from(counts.support),
  };
}
