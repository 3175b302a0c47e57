// What the examples' programs print figures with.

/** A share as a percentage with two decimals. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** What is given as `--name VALUE` or `--name=VALUE` on the command line; undefined if the name is not there. */
export function textArgument(name: string): string | undefined {
  const given = process.argv.slice(2).flatMap((argument) => argument.split('='));
  const at = given.indexOf(`--${name}`);
  return at < 0 ? undefined : (given[at + 1] ?? 'nothing');
}

/** The whole number given as `--name N` or `--name=N` on the command line, else the default. */
export function numberArgument(name: string, otherwise: number): number {
  const given = textArgument(name);
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: expected a whole number above 0, got ${given}.`);
}

/** The one of some names that is given as `--name NAME` or `--name=NAME` on the command line, else the first. */
export function choiceArgument<T extends string>(name: string, known: readonly T[]): T {
  const given = textArgument(name);
  if (given === undefined) return known[0]!;
  const chosen = known.find((one) => one === given);
  if (chosen !== undefined) return chosen;
  throw new Error(`--${name}: expected one of ${known.join(', ')}, got ${given}.`);
}

/** Runs `body` and tells how many seconds it took. */
export async function timed<T>(body: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const start = performance.now();
  const value = await body();
  return { value, seconds: (performance.now() - start) / 1000 };
}

/** Lines of cells in columns: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}
