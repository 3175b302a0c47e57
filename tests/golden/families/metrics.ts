// Figures of arrays against their references.

import { metrics } from '../../../bindings/index.js';
import { assertAllClose, tensorOf, type Computed, type FixtureTensor, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface MetricAttributes {
  op: string;
  classes?: number;
  ks?: readonly number[];
  bins?: number;
}

/** Compares every output of a case with what `figures` makes of labels and predictions. */
const compare =
  (
    prediction: string,
    figures: (
      yTrue: readonly number[],
      yPred: readonly number[],
      reference: GoldenCase<MetricAttributes>,
    ) => Record<string, number | readonly number[]>,
  ): Runner<MetricAttributes> =>
  (reference) => {
    const of = (name: string): FixtureTensor['data'] => tensorOf(reference.inputs, name).data;
    const got = figures(of('yTrue'), of(prediction), reference);
    const computed: Record<string, Computed> = {};
    for (const [name, figure] of Object.entries(got))
      computed[name] = { data: typeof figure === 'number' ? [figure] : figure };
    assertAllClose(reference, 'outputs', computed, reference.outputs);
  };

const AVERAGES = { Micro: 'micro', Macro: 'macro', Weighted: 'weighted' } as const;

const labels = compare('yPred', (yTrue, yPred, { attrs: { classes } }) => {
  const options = { classes: classes! };
  const report = metrics.classificationReport(yTrue, yPred, options);
  const averaged = (['precision', 'recall', 'f1'] as const).flatMap((name) => [
    [name, metrics[name](yTrue, yPred, options)] as const,
    ...Object.entries(AVERAGES).map(
      ([suffix, average]) => [name + suffix, metrics[name](yTrue, yPred, { ...options, average })] as const,
    ),
    [`${name}PerClass`, report[name]] as const,
  ]);
  return {
    accuracy: metrics.accuracy(yTrue, yPred, options),
    balancedAccuracy: metrics.balancedAccuracy(yTrue, yPred, options),
    confusionMatrix: metrics.confusionMatrix(yTrue, yPred, options).flat(),
    cohenKappa: metrics.cohenKappa(yTrue, yPred, options),
    matthewsCorrcoef: metrics.matthewsCorrelation(yTrue, yPred, options),
    ...(Object.fromEntries(averaged) as Record<string, number | number[]>),
  };
});

export const family = goldenFamily<MetricAttributes>('metrics', {
  labelMetrics: labels,
  binaryScoreMetrics: compare('yScore', (yTrue, yScore) => ({
    rocAuc: metrics.rocAuc(yTrue, yScore),
    averagePrecision: metrics.averagePrecision(yTrue, yScore),
    prAucTrapezoid: metrics.prAuc(yTrue, yScore),
    logLoss: metrics.logLoss(yTrue, yScore),
    brier: metrics.brierScore(yTrue, yScore),
  })),
  multiclassScoreMetrics: compare('yScore', (yTrue, yScore, { attrs: { ks } }) => ({
    logLoss: metrics.logLoss(yTrue, yScore),
    rocAucOvrMacro: metrics.rocAuc(yTrue, yScore),
    brierMulticlassSum: metrics.brierScore(yTrue, yScore),
    ...Object.fromEntries(ks!.map((k) => [`top${k}Accuracy`, metrics.topKAccuracy(yTrue, yScore, { k })])),
  })),
  regressionMetrics: compare('yPred', (yTrue, yPred, { inputs }) => {
    const outputs = tensorOf(inputs, 'yTrue').shape[1] ?? 1;
    return {
      mse: metrics.meanSquaredError(yTrue, yPred),
      rmse: metrics.rootMeanSquaredError(yTrue, yPred),
      mae: metrics.meanAbsoluteError(yTrue, yPred),
      mape: metrics.meanAbsolutePercentageError(yTrue, yPred),
      r2: metrics.r2(yTrue, yPred, { outputs }),
    };
  }),
  expectedCalibrationError: compare('yProb', (yTrue, yProb, { attrs: { bins } }) => ({
    ece: metrics.expectedCalibrationError(yTrue, yProb, { bins: bins! }).error,
  })),
});
