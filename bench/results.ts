// A report as a page of Markdown: RESULTS.md.

import { bandwidthOf, type Bandwidth } from './ceiling/bandwidth.js';
import { formatSize } from './ceiling.js';
import { bestShareOf, formatTime, MARKS, ratioOf, shareOf, type Report, type ReportRow, type Run } from './report.js';
import { OURS } from './subject.js';

const NONE = '-';

const INTRODUCTION = `# Results of the bench

Written by \`npm run bench -- --results\`; see README.md for what is measured and how. Only ratios from one run count: figures move with
the machine, its clock and its neighbours.

- ${OURS}: the median, and its share of the ceiling that this engine reached in this run on one core, however many threads
  there are: of mul+add, or where so marked of reading (r) or of reading and writing (s). *Best* is the share of the fastest call.
- The others, on one thread: how many times as long as ours they take, and their share of the same ceiling.`;

export function formatReport(report: Report): string {
  const suites = [...new Set(report.rows.map(({ suite }) => suite))];
  const sections = [
    INTRODUCTION,
    formatMachine(report),
    formatRuns(report.runs),
    ...suites.map((suite) =>
      formatSuite(
        suite,
        report.rows.filter((row) => row.suite === suite),
      ),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function formatMachine({ machine }: Report): string {
  const { cpu, cores, memoryGigabytes, platform, date, versions } = machine;
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '## Machine',
    `${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${platform}. ${date.slice(0, 10)}.`,
    `${libraries.join(', ')}.`,
  ].join('\n\n');
}

function formatRuns(runs: readonly Run[]): string {
  const sizes = (list: readonly Bandwidth[]) => list.map(({ bytes }) => bytes);
  const { read = [], stream = [] } = runs[0]?.ceilings ?? {};
  const heading = [
    ...['engine', 'version', 'V8', 'threads', 'mul+add GFLOP/s', 'fused GFLOP/s'],
    ...sizes(read).map((bytes) => `read ${formatSize(bytes)} GB/s`),
    ...sizes(stream).map((bytes) => `stream ${formatSize(bytes)} GB/s`),
  ];
  const lines = runs.map(({ engine, version, v8, threads, ceilings }) => [
    ...[engine, version, v8, String(threads)],
    ...[ceilings.multiplyAdd, ceilings.fused].map((rate) => rate?.gigaflops.toFixed(1) ?? NONE),
    ...sizes(read).map((bytes) => bandwidthOf(ceilings.read, bytes).toFixed(1)),
    ...sizes(stream).map((bytes) => bandwidthOf(ceilings.stream, bytes).toFixed(1)),
  ]);
  return `## Engines and ceilings of one core\n\n${formatTable(heading, lines)}`;
}

/** One line a case and run. */
function formatSuite(suite: string, rows: readonly ReportRow[]): string {
  const names = [...new Set(rows.map(({ case: name }) => name))];
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  const peers = subjects.filter(
    (name) => name !== OURS && rows.some((row) => row.subject === name && row.value !== null),
  );
  const heading = ['case', 'engine', 'threads', OURS, 'ceiling', 'best', ...peers];
  const runs = [...new Map(rows.map((row) => [`${row.engine} ${row.threads}`, row])).values()];
  const lines = names.flatMap((name) =>
    runs.flatMap(({ engine, threads }) => {
      const own = rows.filter((row) => row.case === name && row.engine === engine && row.threads === threads);
      if (own.length === 0) return [];
      const find = (subject: string) => own.find((row) => row.subject === subject);
      const ours = find(OURS);
      return [
        [
          ...[name, engine, String(threads), formatValue(ours)],
          ...[formatShare(ours, shareOf), formatShare(ours, bestShareOf)],
          ...peers.map((peer) => formatPeer(find(peer), ours)),
        ],
      ];
    }),
  );
  return [`## ${suite}`, formatTable(heading, lines), ...formatGaps(rows)].join('\n\n');
}

function formatValue(row: ReportRow | undefined): string {
  if (!row || row.value === null) return NONE;
  return row.unit === 'ms' ? formatTime(row.value) : `${row.value.toFixed(1)} ${row.unit}`;
}

function formatShare(row: ReportRow | undefined, of: typeof shareOf): string {
  const share = row && of(row);
  if (share === undefined) return NONE;
  const percent = share < 0.1 ? (100 * share).toPrecision(2) : (100 * share).toFixed(0);
  return `${percent} %${MARKS[row!.bound ?? 'compute']}`;
}

function formatPeer(row: ReportRow | undefined, ours: ReportRow | undefined): string {
  const ratio = row && ratioOf(row, ours);
  return ratio === undefined ? NONE : `${ratio.toPrecision(3)}x (${formatShare(row, shareOf)})`;
}

/** Why there are gaps, each reason once. */
function formatGaps(rows: readonly ReportRow[]): string[] {
  const cases = new Map<string, Set<string>>();
  for (const { subject, engine, value, note, case: name } of rows) {
    if (value !== null) continue;
    const reason = `${subject} on ${engine}: ${note ?? 'no figure'}`;
    cases.set(reason, (cases.get(reason) ?? new Set()).add(name));
  }
  const all = new Set(rows.map((row) => row.case)).size;
  const lines = [...cases].map(([reason, names]) => {
    const [subject, ...rest] = reason.split(': ');
    return `- ${subject}${names.size === all ? '' : ` (${[...names].join(', ')})`}: ${rest.join(': ')}`;
  });
  return lines.length > 0 ? [`Without a figure:\n\n${lines.join('\n')}`] : [];
}

/** Columns of text, as wide as their widest cell. */
function formatTable(heading: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = heading.map((name, i) =>
    Math.max(3, ...[name, ...lines.map((line) => line[i]!)].map((cell) => cell.length)),
  );
  const format = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [format(heading), format(widths.map((width) => '-'.repeat(width))), ...lines.map(format)].join('\n');
}
