// What the examples' programs print figures with.

/** A share as a percentage with two decimals. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** The whole number given as `--name N` or `--name=N` on the command line, else the default. */
export function numberArgument(name: string, otherwise: number): number {
  const given = process.argv.slice(2).flatMap((argument) => argument.split('='));
  const at = given.indexOf(`--${name}`);
  if (at < 0) return otherwise;
  const value = Number(given[at + 1]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: expected a whole number above 0, got ${given[at + 1] ?? 'nothing'}.`);
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
