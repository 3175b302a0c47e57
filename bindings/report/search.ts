// Charts of a search: how it went, what the good trials have in common, and which parameters matter.

import * as Plot from '@observablehq/plot';
import { parameterImportance } from '../selection/search/importance.js';
import type { Parameter, ParameterValue } from '../selection/search/space.js';
import type { SearchResult } from '../selection/search/study.js';
import { rankTrials, type Trial } from '../selection/search/trial.js';
import { COLORS, DEFAULT_WIDTH, documentOf, element, figure, plot, type Cell, type ChartOptions } from './figure.js';

/** What charts take of a study's result. */
export type SearchToDraw = Pick<SearchResult, 'trials' | 'direction' | 'space'>;

const GREY = '#8a8a8a';
/** Share of the trials that count as the best in pictures. */
const BEST = 0.1;

/** What a trial came to: its value, or where it was pruned. */
const figureOf = ({ value, reports }: Trial): number | undefined => value ?? reports.at(-1)?.[1];

const text = (value: ParameterValue | undefined): Cell =>
  value === undefined ? '' : typeof value === 'number' ? Number(value.toPrecision(4)) : String(value);

/** Trials of `search` as a table, best first. */
function trialTable({ trials, direction, space }: SearchToDraw) {
  const names = Object.keys(space);
  const ranked = rankTrials(trials, direction);
  const rest = trials.filter((trial) => !ranked.includes(trial));
  return {
    columns: ['trial', 'state', 'value', 'steps', ...names],
    rows: [...ranked, ...rest].map((trial) => [
      trial.number,
      trial.state,
      figureOf(trial) ?? trial.reason ?? '',
      trial.reports.length,
      ...names.map((name) => text(trial.params[name])),
    ]),
  };
}

/** The numbers of the best tenth of complete trials. */
function bestNumbers({ trials, direction }: SearchToDraw): Set<number> {
  const ranked = rankTrials(trials, direction);
  return new Set(ranked.slice(0, Math.max(1, Math.ceil(BEST * trials.length))).map(({ number }) => number));
}

/**
 * What each trial came to, in their order, and the best so far as a line. Pruned trials stand where they were ended.
 *
 * @example document.body.append(searchHistory(await study({ ... })))
 */
export function searchHistory(search: SearchToDraw, options: ChartOptions = {}): HTMLElement {
  const document = documentOf('searchHistory', options);
  const { trials, direction } = search;
  const points = trials.flatMap((trial) => {
    const value = figureOf(trial);
    return value === undefined ? [] : [{ trial: trial.number, state: trial.state, value }];
  });
  const sign = direction === 'minimize' ? 1 : -1;
  let best = Infinity;
  const course = trials.flatMap(({ number, value }) => {
    if (value !== undefined) best = Math.min(best, sign * value);
    return best < Infinity ? [{ trial: number, value: sign * best }] : [];
  });
  const picture = plot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 320,
    x: { label: 'trial' },
    y: { label: 'value', grid: true, nice: true },
    color: { domain: ['complete', 'pruned', 'failed'], range: [COLORS[0]!, COLORS[1]!, COLORS[3]!], legend: true },
    marks: [
      Plot.line(course, { x: 'trial', y: 'value', stroke: 'currentColor', strokeOpacity: 0.6, curve: 'step-after' }),
      Plot.dot(points, { x: 'trial', y: 'value', fill: 'state', r: 3.5, fillOpacity: 0.75 }),
    ],
  });
  return figure(document, options.title ?? 'Trials, and the best so far', picture, trialTable(search));
}

/** Places of an axis that have a label. */
function labelsOf(
  name: string,
  { values, decode, encode }: Parameter,
): { name: string; place: number; label: string }[] {
  const labelled = values ?? [0, 0.5, 1].map((place) => decode(place));
  return labelled.map((value) => ({ name, place: encode(value), label: String(text(value)) }));
}

/**
 * A line a trial through its parameters, each axis in the parameter's scale: the best tenth stand out. A line breaks where a
 * conditional parameter does not exist.
 *
 * @example document.body.append(parallelCoordinates(result))
 */
export function parallelCoordinates(search: SearchToDraw, options: ChartOptions = {}): HTMLElement {
  const document = documentOf('parallelCoordinates', options);
  const { space } = search;
  const names = Object.keys(space);
  const best = bestNumbers(search);
  const complete = search.trials.filter(({ state }) => state === 'complete');
  const points = [...complete]
    .sort((a, b) => Number(best.has(a.number)) - Number(best.has(b.number)))
    .flatMap(({ number, params }) =>
      names.map((name) => ({
        name,
        number,
        place: Object.hasOwn(params, name) ? space[name]!.encode(params[name]!) : NaN,
        rank: best.has(number) ? 'best tenth' : 'others',
      })),
    );
  const picture = plot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 340,
    marginLeft: 60,
    marginRight: 60,
    x: { type: 'point', domain: names, label: null, padding: 0.25 },
    y: { axis: null, domain: [0, 1] },
    color: { domain: ['best tenth', 'others'], range: [COLORS[1]!, GREY], legend: true },
    marks: [
      Plot.ruleX(names, { stroke: 'currentColor', strokeOpacity: 0.5 }),
      Plot.line(points, {
        x: 'name',
        y: 'place',
        z: 'number',
        stroke: 'rank',
        strokeWidth: (point: { rank: string }) => (point.rank === 'others' ? 0.8 : 2.2),
        strokeOpacity: (point: { rank: string }) => (point.rank === 'others' ? 0.45 : 0.95),
      }),
      Plot.text(
        names.flatMap((name) => labelsOf(name, space[name]!)),
        { x: 'name', y: 'place', text: 'label', dx: 6, textAnchor: 'start', fontWeight: 'bold' },
      ),
    ],
  });
  return figure(document, options.title ?? 'Parameters of the complete trials', picture, trialTable(search));
}

const scaleOf = ({ kind, values, config }: Parameter): 'point' | 'log' | 'linear' =>
  values ? 'point' : kind === 'logUniform' || config.log === true ? 'log' : 'linear';

/**
 * One picture a parameter: its value across, what the trial came to upwards.
 *
 * @example document.body.append(searchSlices(result))
 */
export function searchSlices(search: SearchToDraw, options: ChartOptions = {}): HTMLElement {
  const document = documentOf('searchSlices', options);
  const { space, trials } = search;
  const complete = trials.filter(({ state }) => state === 'complete');
  const pictures = element(document, 'div', undefined, { style: 'display: flex; flex-wrap: wrap; gap: 12px' });
  for (const [name, parameter] of Object.entries(space)) {
    const points = complete.flatMap(({ params, value, number }) =>
      Object.hasOwn(params, name) ? [{ at: params[name], value, number }] : [],
    );
    const type = scaleOf(parameter);
    const drawn = plot(document, {
      width: 280,
      height: 220,
      x: {
        label: name,
        type,
        ...(type === 'log' && { ticks: 3, tickFormat: '~g' }),
        ...(type === 'linear' && { ticks: 5 }),
      },
      y: { label: 'value', grid: true, nice: true, ticks: 4 },
      color: { type: 'linear', range: [GREY, COLORS[0]!] },
      marks: [Plot.dot(points, { x: 'at', y: 'value', fill: 'number', r: 3, fillOpacity: 0.8 })],
    });
    pictures.appendChild(drawn);
  }
  return figure(
    document,
    options.title ?? 'Each parameter by itself: later trials in blue',
    pictures,
    trialTable(search),
  );
}

/**
 * Shares of the variance that parameters explain by themselves: see `parameterImportance`.
 *
 * @example document.body.append(importanceChart(parameterImportance(result)))
 */
export function importanceChart(shares: Readonly<Record<string, number>>, options: ChartOptions = {}): HTMLElement {
  const document = documentOf('importanceChart', options);
  const bars = Object.entries(shares).map(([name, share]) => ({ name, share: 100 * share }));
  const picture = plot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 50 + 30 * bars.length,
    marginLeft: 120,
    marginRight: 20,
    x: { label: 'share of the variance, %', grid: true, domain: [0, Math.max(1, ...bars.map(({ share }) => share))] },
    y: { label: null, domain: bars.map(({ name }) => name) },
    marks: [Plot.barX(bars, { x: 'share', y: 'name', fill: COLORS[0]!, fillOpacity: 0.8 })],
  });
  return figure(document, options.title ?? 'Importance: variance that each parameter explains by itself', picture, {
    columns: ['parameter', 'share of the variance'],
    rows: bars.map(({ name, share }) => [name, share / 100]),
  });
}

/** The charts of a search, in the order of the page. */
export function searchFigures(document: Document, search: SearchToDraw): HTMLElement[] {
  const base = { document, width: 860 };
  const complete = search.trials.filter(({ state }) => state === 'complete');
  return [
    searchHistory(search, base),
    ...(complete.length > 0 ? [parallelCoordinates(search, base), searchSlices(search, base)] : []),
    ...(complete.length >= 4 ? [importanceChart(parameterImportance(search), base)] : []),
  ];
}
