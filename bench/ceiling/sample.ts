// The least time of one loop of a function that is given a number of loops.

const SAMPLES = 8;
const WARM_MILLISECONDS = 30;
const SAMPLE_MILLISECONDS = 2;

/** Warms `run` up; the result takes samples and returns the least milliseconds of a loop. */
export function makeSampler(run: (loops: number) => unknown, firstLoops: number): () => number {
  let loops = firstLoops;
  const sample = () => {
    const start = performance.now();
    run(loops);
    return performance.now() - start;
  };
  // Until the optimising tier has taken over, and a sample is long enough for the clock.
  for (const begin = performance.now(); performance.now() - begin < WARM_MILLISECONDS;) {
    if (sample() < SAMPLE_MILLISECONDS) loops *= 2;
  }
  return () => Math.min(...Array.from({ length: SAMPLES }, sample)) / loops;
}
