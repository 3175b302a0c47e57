// Which samples of an epoch belong to which member in which round: a function of their order alone.

/** What one member does in a round. */
export interface Share {
  /** Samples by number, one batch behind the other. */
  rows: Int32Array;
  /** Samples of each batch. */
  sizes: number[];
}

export interface ShareOptions {
  members: number;
  /** Local steps between two averages. */
  every: number;
  /** Samples a step of each member. */
  batchSize: number;
}

/**
 * The rounds of an epoch. Each step takes the next `members * batchSize` samples, one part for each member in order; those that are
 * left at the end are divided into parts that differ by at most one sample. A member may come out with none.
 */
export function roundsOf(order: Int32Array, { members, every, batchSize }: ShareOptions): Share[][] {
  const stepSize = members * batchSize;
  const rounds: Share[][] = [];
  for (let begin = 0; begin < order.length; begin += every * stepSize) {
    const end = Math.min(begin + every * stepSize, order.length);
    rounds.push(
      Array.from({ length: members }, (_, member) => shareOf(order.subarray(begin, end), member, members, stepSize)),
    );
  }
  return rounds;
}

function shareOf(order: Int32Array, member: number, members: number, stepSize: number): Share {
  const parts: Int32Array[] = [];
  for (let begin = 0; begin < order.length; begin += stepSize) {
    const step = order.subarray(begin, begin + stepSize);
    const [from, to] = [member, member + 1].map((edge) => Math.floor((step.length * edge) / members));
    if (to! > from!) parts.push(step.subarray(from, to));
  }
  const rows = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    rows.set(part, offset);
    offset += part.length;
  }
  return { rows, sizes: parts.map(({ length }) => length) };
}
