// What users should know though nothing failed.

/** Prints a line for the developer. */
export function warn(message: string): void {
  // The one place where the library prints on its own accord.
  // eslint-disable-next-line no-console
  console.warn(`wasmgrad: ${message}`);
}
