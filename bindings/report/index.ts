// wasmgrad/report: charts of training runs. Needs the optional peer `@observablehq/plot`, and outside a page `linkedom`.

export { learningCurves, reliabilityDiagram, rocChart, type RocPoints } from './curves.js';
export type { ChartOptions } from './figure.js';
export {
  confusionChart,
  decisionBoundary,
  histogramChart,
  histogramOf,
  type DecisionGrid,
  type Histogram,
} from './grids.js';
export { imageSamples, type ImageSamples } from './images.js';
export { report, type ReportOptions, type Study } from './report.js';
export { importanceChart, parallelCoordinates, searchHistory, searchSlices, type SearchToDraw } from './search.js';
export { accuracyChart, gapChart, studyTable, type Spread, type StudyTechnique } from './study.js';
