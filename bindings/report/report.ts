// One page with everything in it.

import type { Calibration } from '../metrics/functions/calibration.js';
import type { History } from '../model/history.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { learningCurves, reliabilityDiagram, rocChart, type RocPoints } from './curves.js';
import { element, tableElement, type ChartOptions } from './figure.js';
import { confusionChart, decisionBoundary, histogramChart, type DecisionGrid, type Histogram } from './grids.js';
import { imageSamples, type ImageSamples } from './images.js';
import { searchFigures, type SearchToDraw } from './search.js';
import { accuracyChart, gapChart, studyTable, type StudyTechnique } from './study.js';

type Named<T> = Readonly<Record<string, T>>;

export interface ReportOptions {
  /** Heading of the page. */
  title?: string;
  /** A paragraph below it. */
  text?: string;
  /** Where elements are made; the page's by default, else one of the optional peer `linkedom`. */
  document?: Document;
  /** Matrices of counts by name. */
  confusion?: Named<readonly ArrayLike<number>[]>;
  /** Names of the classes of the matrices. */
  classes?: readonly string[];
  roc?: Named<RocPoints>;
  calibration?: Named<Calibration>;
  weights?: Named<Histogram>;
  gradients?: Named<Histogram>;
  decisionBoundary?: DecisionGrid;
  augmentation?: ImageSamples;
}

/** What `report` takes of a study; further fields are left alone. */
export interface Study {
  title?: string;
  techniques: readonly (StudyTechnique & { history?: History['history'] })[];
}

const OPTIONS = [
  'title',
  'text',
  'document',
  'confusion',
  'classes',
  'roc',
  'calibration',
  'weights',
  'gradients',
  'decisionBoundary',
  'augmentation',
];

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: #fff; color: #1b1e23; }
@media (prefers-color-scheme: dark) { body { background: #15181d; color: #e4e7eb; } }
h1 { font-size: 1.6rem; }
figure { margin: 0; }
figure.wasmgrad-figure { margin: 2.5rem 0; overflow-x: auto; }
figure.wasmgrad-figure > figcaption { font-size: 1.05rem; font-weight: 600; margin-bottom: .5rem; }
main > table { display: block; overflow-x: auto; white-space: nowrap; }
svg { max-width: 100%; height: auto; }
details { margin-top: .5rem; }
details > table { display: block; max-height: 24rem; overflow: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .6rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
td.number { text-align: right; }
`;

async function findDocument(given: Document | undefined): Promise<Document> {
  if (given) return given;
  if (globalThis.document) return globalThis.document;
  try {
    const { parseHTML } = await import('linkedom');
    return parseHTML('<!doctype html><html><body></body></html>').document;
  } catch {
    throw new OptionError(
      'report: outside a page it needs a document to draw in. Install linkedom beside wasmgrad, or give the option document.',
    );
  }
}

const asHistory = (history: History['history']): History => ({
  epoch: Array.from(Object.values(history)[0] ?? [], (_, i) => i),
  history,
});

function studyFigures(document: Document, study: Study): HTMLElement[] {
  const { techniques } = study;
  const histories = Object.fromEntries(
    techniques.flatMap(({ name, history }) => (history ? [[name, asHistory(history)]] : [])),
  );
  const curves = Object.keys(histories).length
    ? [
        learningCurves(histories, {
          document,
          figures: ['accuracy'],
          width: 860,
          title: 'Accuracy by epoch, first seed (training: as measured while training, with noise and dropout)',
        }),
      ]
    : [];
  return [
    tableElement(document, studyTable(techniques)),
    accuracyChart(techniques, { document }),
    gapChart(techniques, { document }),
    ...curves,
  ];
}

/** The charts of the options, in the order of the page. */
function optionFigures(document: Document, options: ReportOptions): HTMLElement[] {
  const { confusion = {}, classes, roc, calibration, weights, gradients, augmentation } = options;
  const base: ChartOptions = { document };
  return [
    ...Object.entries(confusion).map(([name, matrix]) =>
      confusionChart(matrix, { ...base, ...(classes && { classes }), title: `Confusion matrix: ${name}` }),
    ),
    ...(roc ? [rocChart(roc, base)] : []),
    ...(calibration ? [reliabilityDiagram(calibration, base)] : []),
    ...(weights ? [histogramChart(weights, { ...base, title: 'Weights' })] : []),
    ...(gradients ? [histogramChart(gradients, { ...base, title: 'Gradients' })] : []),
    ...(options.decisionBoundary ? [decisionBoundary(options.decisionBoundary, base)] : []),
    ...(augmentation ? [imageSamples(augmentation, base)] : []),
  ];
}

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);

/** What each source has and no other. */
const KINDS = ['techniques', 'trials', 'history'] as const;

function kindOf(source: unknown): (typeof KINDS)[number] {
  const kind = source !== null && typeof source === 'object' && KINDS.find((name) => name in source);
  if (kind) return kind;
  throw new OptionError(
    `report: expected the history of fit or a study { techniques }, or what study() found, got ${describeValue(source)}.`,
  );
}

/**
 * A page of charts as one string of HTML that needs no network and no script: learning curves of a history, the comparison of a
 * study's techniques, or the trials of a search, and what else the options give. Each picture has its figures as a table below it;
 * light or dark as the reader's system is.
 *
 * @throws OptionError for something that is none of these, for unknown options, or where no document is found.
 * @example await writeFile('run.html', await report(history, { title: 'First run', confusion: { test: matrix } }))
 */
export async function report(source: History | Study | SearchToDraw, options: ReportOptions = {}): Promise<string> {
  checkOptions('report', options, OPTIONS);
  const kind = kindOf(source);
  const document = await findDocument(options.document);
  const title = options.title ?? (source as Study).title ?? 'Training report';
  const main = element(document, 'main');
  main.appendChild(element(document, 'h1', title));
  if (options.text) main.appendChild(element(document, 'p', options.text));
  const first = {
    techniques: () => studyFigures(document, source as Study),
    trials: () => searchFigures(document, source as SearchToDraw),
    history: () => [learningCurves(source as History, { document })],
  }[kind]();
  for (const made of [...first, ...optionFigures(document, options)]) main.appendChild(made);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${main.outerHTML}
</body>
</html>
`;
}
