// An objective that takes a while, and fails in every way for some seeds: the same ones on any executor.

export const objective = async ({ rate, share }, { seed, report }) => {
  if (seed % 7 === 1) throw new Error('it failed');
  if (seed % 7 === 2) return NaN;
  if (seed % 11 === 3) await new Promise(() => undefined);
  const value = Math.abs(Math.log10(rate) + 1) + share;
  for (let step = 1; step <= 4; step++) {
    await new Promise((resolve) => globalThis.setTimeout(resolve, 250));
    await report(value + 1 / step);
  }
  return value;
};
