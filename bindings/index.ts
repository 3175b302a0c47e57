// wasmgrad: the public names, nothing else.

export { init, type InitOptions } from './runtime/runtime.js';
export type { CoreSource } from './runtime/coreSource.js';
export {
  DataError,
  DTypeError,
  FormatError,
  MemoryLimitError,
  NotFiniteError,
  OptionError,
  RuntimeError,
  ShapeError,
  StateError,
  StoreError,
  WasmgradError,
  type ErrorCode,
} from './runtime/errors.js';

export { Tensor, type MatmulOptions, type Operand, type ReduceOptions } from './graph/tensor.js';
export type { Conv2dOptions, Conv2dTransposeOptions, ImagePadding, ImageSize, Pool2dOptions } from './graph/windows.js';
export type { Graph } from './graph/graph.js';
export type { DType } from './graph/op.js';
export type { NamedConfig } from './runtime/named.js';
export type { Shape } from './graph/shape.js';

export { checkGradients, type CheckGradientsOptions, type GradientErrors } from './functional/checkGradients.js';
export {
  evaluateFunction,
  valueAndGradients,
  type EvaluateOptions as EvaluateFunctionOptions,
  type FunctionalArray,
  type FunctionalInput,
  type GradientOptions,
  type TensorFunction,
} from './functional/functional.js';
export { statelessCall, type StatelessCallOptions, type StatelessResult } from './functional/statelessCall.js';

export {
  backTranslation,
  type BackTranslationOptions,
  type Translate,
} from './data/augmentation/text/backTranslation.js';
export { randomWordDeletion } from './data/augmentation/text/randomWordDeletion.js';
export { randomWordInsertion } from './data/augmentation/text/randomWordInsertion.js';
export { randomWordSwap } from './data/augmentation/text/randomWordSwap.js';
export { synonymReplacement } from './data/augmentation/text/synonymReplacement.js';
export { thesaurusOfIds, type SynonymOptions, type Thesaurus } from './data/augmentation/text/synonyms.js';
export {
  textAugmenter,
  type AugmentStepOptions,
  type TextAugmenter,
  type TextAugmenterOptions,
} from './data/augmentation/text/textAugmenter.js';
export type {
  TextPlace,
  TextTransform,
  TextTransformOptions,
  Token,
  WordTransformOptions,
} from './data/augmentation/text/transform.js';

export { arrayDataset, type ArrayFields, type ArraySample } from './data/arrayDataset.js';
export type { Collated } from './data/collate.js';
export { csvDataset, readCsv, type CsvColumnType, type CsvOptions } from './data/csv.js';
export type { CsvSource } from './data/csvReader.js';
export { Dataset, iterableDataset, type AnyIterable } from './data/dataset.js';
export { Table, type Cell, type TableData, type TableRow } from './data/table.js';
export { augmentationFromConfig } from './data/augmentation/fromConfig.js';
export type { Augmentation, FillModeName, FillOptions, ValueRange } from './data/augmentation/augmentation.js';
export {
  augmentSamples,
  previewAugmentation,
  type AugmentSamplesOptions,
  type PreviewAugmentationOptions,
  type PreviewImage,
} from './data/augmentation/augmentSamples.js';
export { clipValues } from './data/augmentation/image/clipValues.js';
export { randomBrightness, type RandomBrightnessOptions } from './data/augmentation/image/randomBrightness.js';
export { randomContrast, type RandomContrastOptions } from './data/augmentation/image/randomContrast.js';
export { randomCrop, type RandomCropOptions } from './data/augmentation/image/randomCrop.js';
export { randomCutout, type RandomCutoutOptions } from './data/augmentation/image/randomCutout.js';
export {
  randomElasticTransform,
  type RandomElasticTransformOptions,
} from './data/augmentation/image/randomElasticTransform.js';
export { randomFlip, type RandomFlipOptions } from './data/augmentation/image/randomFlip.js';
export { randomGaussianNoise, type RandomGaussianNoiseOptions } from './data/augmentation/image/randomGaussianNoise.js';
export { randomHue, type RandomHueOptions } from './data/augmentation/image/randomHue.js';
export { randomResizedCrop, type RandomResizedCropOptions } from './data/augmentation/image/randomResizedCrop.js';
export { randomRotation, type RandomRotationOptions } from './data/augmentation/image/randomRotation.js';
export { randomSaltAndPepper, type RandomSaltAndPepperOptions } from './data/augmentation/image/randomSaltAndPepper.js';
export { randomSaturation, type RandomSaturationOptions } from './data/augmentation/image/randomSaturation.js';
export { randomShear, type RandomShearOptions } from './data/augmentation/image/randomShear.js';
export { randomTranslation, type RandomTranslationOptions } from './data/augmentation/image/randomTranslation.js';
export { randomZoom, type RandomZoomOptions } from './data/augmentation/image/randomZoom.js';
export { randomJitter } from './data/augmentation/series/randomJitter.js';
export { randomMagnitudeWarping } from './data/augmentation/series/randomMagnitudeWarping.js';
export { randomScaling, type RandomScalingOptions } from './data/augmentation/series/randomScaling.js';
export { randomShift, type RandomShiftOptions } from './data/augmentation/series/randomShift.js';
export { randomTimeWarping, type RandomTimeWarpingOptions } from './data/augmentation/series/randomTimeWarping.js';
export {
  randomWindowSlicing,
  type RandomWindowSlicingOptions,
} from './data/augmentation/series/randomWindowSlicing.js';
export type { WarpingCurveOptions } from './data/augmentation/series/curves.js';
export { labelNoise } from './data/labelNoise.js';
export { cutmix, mixup, type Mixing } from './data/mixing.js';
export { oneHot } from './data/oneHot.js';
export { categoryEncoder, type CategoryEncoderOptions } from './data/preprocessing/categoryEncoder.js';
export { columnTransformer, type ColumnPart } from './data/preprocessing/columnTransformer.js';
export { imputer, type ImputerOptions } from './data/preprocessing/imputer.js';
export { preprocessorFromConfig, type PreprocessorConfig } from './data/preprocessing/index.js';
export { pipeline } from './data/preprocessing/pipeline.js';
export type { PreprocessingStep, Preprocessor, PreprocessorState } from './data/preprocessing/preprocessor.js';
export {
  textVectorizer,
  type TextData,
  type TextVectorizer,
  type TextVectorizerOptions,
  type VectorizedTexts,
} from './data/preprocessing/textVectorizer.js';
export { minMaxScaler } from './data/scalers/minMaxScaler.js';
export { scalerFromConfig, type ScalerConfig } from './data/scalers/index.js';
export { robustScaler } from './data/scalers/robustScaler.js';
export type { ScaledArray, Scaler, ScalerState } from './data/scalers/scaler.js';
export { standardScaler } from './data/scalers/standardScaler.js';
export {
  compareDistributions,
  type DistributionPart,
  type DistributionReport,
  type FeatureComparison,
  type LabelComparison,
} from './data/splits/compareDistributions.js';
export {
  groupKFold,
  kFold,
  leaveOneOut,
  repeatedKFold,
  stratifiedKFold,
  timeSeriesSplit,
  type Fold,
  type FoldOptions,
} from './data/splits/folds.js';
export { trainTestSplit, type TrainTestParts, type TrainTestSplitOptions } from './data/splits/trainTestSplit.js';

export {
  checkModelGradients,
  type CheckModelGradientsOptions,
  type ModelGradientErrors,
} from './diagnosis/checkModelGradients.js';
export type { Curve, CurveFigures, CurveOptions, CurveProgress } from './diagnosis/curve.js';
export { detectPlateau, type DetectPlateauOptions, type PlateauFinding } from './diagnosis/detectPlateau.js';
export { diagnose, type DiagnoseOptions, type ModelDiagnosis } from './diagnosis/diagnose.js';
export {
  diagnoseErrors,
  type Diagnosis,
  type ErrorsToDiagnose,
  type Problem,
  type ProblemName,
} from './diagnosis/diagnoseErrors.js';
export { exponentialMovingAverage } from './diagnosis/exponentialMovingAverage.js';
export {
  gradientHealth,
  measureGradients,
  type GradientHealthCallback,
  type GradientHealthOptions,
  type GradientHealthReport,
  type MeasureGradientsOptions,
} from './diagnosis/gradientHealth.js';
export {
  GRADIENT_THRESHOLDS,
  type GradientJudgement,
  type GradientVerdict,
  type LayerHealth,
  type LayerMeasurement,
} from './diagnosis/judgeGradients.js';
export { learningCurve, type LearningCurve, type LearningCurveOptions } from './diagnosis/learningCurve.js';
export type { LayerProbe } from './diagnosis/probeGradients.js';
export { validationCurve, type ValidationCurve, type ValidationCurveOptions } from './diagnosis/validationCurve.js';

export { adaBoostM1Stage, sammeStage, sammeVotes, type BoostingStage } from './ensembles/adaBoost.js';
export { adaBoost, type AdaBoostOptions } from './ensembles/adaBoostEnsemble.js';
export { bagging, type BaggingOptions } from './ensembles/bagging.js';
export type { BuilderOptions, EnsembleOptions } from './ensembles/builders.js';
export type { Combination } from './ensembles/combination.js';
export { distill } from './ensembles/distill.js';
export { diversity, type Diversity } from './ensembles/diversity.js';
export { Ensemble, type EnsembleFitOptions, type OutOfBag } from './ensembles/ensemble.js';
export type {
  EstimatedValues,
  Estimator,
  EstimatorBuilder,
  EstimatorFit,
  EstimatorState,
} from './ensembles/estimator.js';
export type { EnsembleReport, Score } from './ensembles/evaluateEnsemble.js';
export { boostScores, logisticBoosting, squaredBoosting, type BoostingLoss } from './ensembles/gradientBoosting.js';
export { gradientBoosting, type GradientBoostingOptions } from './ensembles/gradientBoostingEnsemble.js';
export type { EnsembleTask, Samples, Targets } from './ensembles/samples.js';
export type { MemberOptions, MemberSource } from './ensembles/fitMembers.js';
export { MemberError } from './ensembles/memberError.js';
export {
  memberTask,
  type MemberData,
  type MemberPayload,
  type MemberResult,
  type MemberRows,
  type MemberTaskOptions,
} from './ensembles/memberTask.js';
export { loadEnsemble } from './ensembles/loadEnsemble.js';
export { snapshotEnsemble, type SnapshotOptions } from './ensembles/snapshotEnsemble.js';
export { outOfFold, type Learner } from './ensembles/stacking.js';
export { stacking, type StackingOptions } from './ensembles/stackingEnsemble.js';
export { decisionTree, type DecisionTreeOptions } from './ensembles/tree/decisionTree.js';
export { hardVote, softVote, weightedAverage } from './ensembles/voting.js';
export { voting, type VotingOptions } from './ensembles/votingEnsemble.js';

export { elasticNetRegression, lassoRegression, type LassoOptions } from './linear/lasso.js';
export type { LinearOptions, LinearRegression } from './linear/linearModel.js';
export { logisticRegression, type LogisticOptions, type LogisticRegression } from './linear/logisticRegression.js';
export { leastSquares, ridge } from './linear/ridge.js';

export type { ArrayData, NdArray, NestedArray, NumericArray } from './data/arrays.js';

export { constant, ones, zeros } from './initializers/constant.js';
export { identity, orthogonal } from './initializers/matrices.js';
export { randomNormal, randomUniform, truncatedNormal } from './initializers/random.js';
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
  type TruncationOptions,
  type VarianceScalingOptions,
} from './initializers/varianceScaling.js';
export type { Initializer } from './initializers/initializer.js';
export type { InitializerName } from './initializers/index.js';

export type { Constraint } from './constraints/constraint.js';
export type { ConstraintName, ConstraintOption } from './constraints/index.js';
export { nonNegative } from './constraints/nonNegative.js';
export { maxNorm, minMaxNorm, unitNorm, type NormOptions } from './constraints/norms.js';

export { groupLasso } from './regularizers/groupLasso.js';
export type { RegularizerName, RegularizerOption } from './regularizers/index.js';
export { elasticNet, l1, l1l2, l2 } from './regularizers/l1l2.js';
export { orthogonalRegularizer } from './regularizers/orthogonal.js';
export type { Regularizer } from './regularizers/regularizer.js';

export { activation } from './layers/activation.js';
export type { Activation, ActivationName, ActivationSpec } from './layers/activations.js';
export { scaledDotProductAttention, type AttentionOptions } from './layers/attention.js';
export { batchNormalization, type BatchNormalizationOptions } from './layers/batchNormalization.js';
export {
  conv1d,
  conv2d,
  depthwiseConv1d,
  depthwiseConv2d,
  separableConv1d,
  separableConv2d,
  type ConvolutionOptions,
  type DepthwiseConvolutionOptions,
  type SeparableConvolutionOptions,
} from './layers/convolution.js';
export { cutout, type CutoutOptions } from './layers/cutout.js';
export { dense, type DenseOptions } from './layers/dense.js';
export { dropout } from './layers/dropout.js';
export { embedding, type EmbeddingOptions } from './layers/embedding.js';
export { flatten } from './layers/flatten.js';
export { layerFromConfig, type LayerConfig, type LayerKind } from './layers/index.js';
export { groupNormalization, type GroupNormalizationOptions } from './layers/groupNormalization.js';
export { input, type InputOptions } from './layers/input.js';
export {
  layer,
  type AnyLayer,
  type BuildContext,
  type CallContext,
  type Layer,
  type LayerDefinition,
  type ParameterOptions,
  type SymbolicTensor,
} from './layers/layer.js';
export { add, average, concat, dot, maximum, minimum, multiply, subtract } from './layers/merging.js';
export { multiHeadAttention, type MultiHeadAttentionOptions } from './layers/multiHeadAttention.js';
export {
  alphaDropout,
  gaussianDropout,
  gaussianNoise,
  saltAndPepper,
  spatialDropout,
  stochasticDepth,
} from './layers/noise.js';
export type {
  InitializerOption,
  LayerOptions,
  OutputOptions,
  TrainableOptions,
  WeightOptions,
} from './layers/options.js';
export {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
  type GlobalPoolingOptions,
  type PoolingOptions,
} from './layers/pooling.js';
export { positionalEncoding, positionEmbedding, type PositionEmbeddingOptions } from './layers/positionalEncoding.js';
export { prelu, type PreluOptions } from './layers/prelu.js';
export { bidirectional, type BidirectionalOptions, type MergeMode } from './layers/recurrent/bidirectional.js';
export { gru, type GruOptions } from './layers/recurrent/gru.js';
export { lstm, type LstmOptions } from './layers/recurrent/lstm.js';
export type { GatedOptions, RecurrentLayer, RecurrentOptions } from './layers/recurrent/recurrentLayer.js';
export { simpleRNN, type SimpleRNNOptions } from './layers/recurrent/simpleRNN.js';
export {
  cropping1d,
  cropping2d,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
  type Sides,
  type UpSamplingOptions,
} from './layers/resampling.js';
export { rescaling } from './layers/rescaling.js';
export { residual, type ResidualOptions } from './layers/residual.js';
export { masking, repeatVector, timeDistributed } from './layers/sequences.js';
export { permute, reshape } from './layers/shapes.js';
export type { Padding, Size } from './layers/spatial.js';
export { conv1dTranspose, conv2dTranspose, type TransposedConvolutionOptions } from './layers/transposedConvolution.js';
export { dropConnect, weightNoise } from './layers/weightNoise.js';
export { layerNormalization, type LayerNormalizationOptions } from './layers/layerNormalization.js';
export { tie, type ParameterReference, type TiedParameter } from './layers/tie.js';

export { binaryCrossentropy } from './losses/binaryCrossentropy.js';
export { binaryFocalCrossentropy, type BinaryFocalCrossentropyOptions } from './losses/binaryFocalCrossentropy.js';
export { categoricalCrossentropy } from './losses/categoricalCrossentropy.js';
export {
  categoricalFocalCrossentropy,
  type CategoricalFocalCrossentropyOptions,
} from './losses/categoricalFocalCrossentropy.js';
export { categoricalHinge } from './losses/categoricalHinge.js';
export { cosineSimilarity, type CosineSimilarityOptions } from './losses/cosineSimilarity.js';
export type { CrossentropyOptions } from './losses/crossentropy.js';
export { distillation, type DistillationOptions } from './losses/distillation.js';
export { hinge } from './losses/hinge.js';
export { huber, type HuberOptions } from './losses/huber.js';
export { klDivergence, type KlDivergenceOptions } from './losses/klDivergence.js';
export { logCosh } from './losses/logCosh.js';
export { meanAbsoluteError } from './losses/meanAbsoluteError.js';
export { meanSquaredError } from './losses/meanSquaredError.js';
export { poisson, type PoissonOptions } from './losses/poisson.js';
export {
  sparseCategoricalCrossentropy,
  type SparseCrossentropyOptions,
} from './losses/sparseCategoricalCrossentropy.js';
export { squaredHinge } from './losses/squaredHinge.js';
export type { Loss, LossFunction, Reduction, ReductionOptions, WeightNormalization } from './losses/loss.js';
export { lossFromConfig, type LossName, type LossOption } from './losses/index.js';

export {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKAccuracy,
} from './metrics/accuracy.js';
export {
  balancedAccuracy,
  cohenKappa,
  f1,
  matthewsCorrelation,
  precision,
  recall,
  type AveragedOptions,
  type CountingOptions,
} from './metrics/counting.js';
export * as metrics from './metrics/functions/index.js';
export {
  meanMetric,
  type Metric,
  type MetricFunction,
  type MetricOfLoss,
  type MetricOptions,
  type RowMetric,
  type SumMetric,
} from './metrics/metric.js';
export type { MetricName, MetricOption } from './metrics/index.js';
export { brierScore, logLoss } from './metrics/probability.js';
export { averagePrecision, expectedCalibrationError, prAuc, rocAuc } from './metrics/ranking.js';
export { meanAbsolutePercentageError, r2, rootMeanSquaredError } from './metrics/regression.js';

export { optimizerConfig, optimizerFromConfig, type OptimizerName } from './optimizers/index.js';
export * from './optimizers/makers.js';

export { scheduleFromConfig } from './schedules/index.js';
export * from './schedules/makers.js';

export { checkpoint, type CheckpointInterval, type CheckpointOptions } from './model/callbacks/checkpoint.js';
export { csvLogger, type CsvLoggerOptions } from './model/callbacks/csvLogger.js';
export { earlyStopping, type EarlyStopping, type EarlyStoppingOptions } from './model/callbacks/earlyStopping.js';
export { jsonLinesLogger } from './model/callbacks/jsonLinesLogger.js';
export { learningRateScheduler } from './model/callbacks/learningRateScheduler.js';
export { log } from './model/callbacks/log.js';
export { modelCheckpoint, type Checkpoint, type ModelCheckpointOptions } from './model/callbacks/modelCheckpoint.js';
export type { MonitorMode } from './model/callbacks/monitor.js';
export { reduceOnPlateau, type ReduceOnPlateauOptions } from './model/callbacks/reduceOnPlateau.js';
export type { Sink } from './model/callbacks/sink.js';
export {
  generalizationLoss,
  progressQuotient,
  successiveIncreases,
  type Course,
  type StoppingCriterion,
} from './model/callbacks/stoppingCriteria.js';
export { tensorBoard, type TensorBoardOptions } from './model/callbacks/tensorBoard.js';
export { terminateOnNaN } from './model/callbacks/terminateOnNaN.js';
export { timeLimit } from './model/callbacks/timeLimit.js';
export type { EventImage } from './tensorboard/events.js';
export type { CompileOptions } from './model/compileOptions.js';
export type { Batch, BatchStream, DataArgument, InputStream } from './model/dataset.js';
export type { ExplainOptions, MemoryOptions, MemoryReport } from './model/explain.js';
export { exportInferenceProgram, type ExportInferenceProgramOptions } from './inference/exportInferenceProgram.js';
export { exportTrainingProgram, type ExportTrainingProgramOptions } from './training/exportTrainingProgram.js';
export { findLearningRate, type FindLearningRateOptions, type LearningRateSearch } from './model/findLearningRate.js';
export type { AugmentOption } from './model/augmentations.js';
export type { FitOptions, ValidationData } from './model/fit.js';
export type { Callback, CallbackContext, History, Logs, Progress } from './model/history.js';
export {
  Model,
  type EvaluateOptions,
  type ModelOptions,
  type PredictOptions,
  type SampledPredictOptions,
} from './model/model.js';
export type { Prediction, SampledPrediction } from './model/prediction.js';
export { loadCheckpoint, type LoadCheckpointOptions } from './model/saving/checkpoints.js';
export type { CustomObjects } from './model/saving/custom.js';
export { loadModel, loadPreprocessedModel, type LoadOptions, type ModelBytes } from './model/saving/load.js';
export type { ModelFile, SaveOptions } from './model/saving/save.js';
export type { WeightFormat } from './model/saving/weights.js';
export { model, sequential } from './model/sequential.js';
export { indexedDBStore } from './stores/indexedDB.js';
export { keyValueStore, type KeyValueObject, type KeyValueStoreOptions } from './stores/keyValue.js';
export { opfsStore } from './stores/opfs.js';
export type { ModelStore } from './stores/store.js';
export { withPreprocessing, type PreprocessedFitOptions, type PreprocessedModel } from './model/withPreprocessing.js';
