import { DataError } from '../../runtime/errors.js';
import type { Tree } from './growTree.js';

/** The tree of a saved state. @throws DataError for arrays that are no tree: walking it must end in a leaf. */
export function readTree(state: Readonly<Record<string, unknown>>): Tree {
  const { feature, threshold, left, value, outputs } = state;
  const isSized =
    feature instanceof Int32Array &&
    threshold instanceof Float64Array &&
    left instanceof Int32Array &&
    value instanceof Float64Array &&
    Number.isInteger(outputs) &&
    (outputs as number) > 0;
  if (!isSized) throw new DataError('a tree: expected feature, threshold, left, value and outputs');
  const nodes = feature.length;
  if (
    nodes === 0 ||
    threshold.length !== nodes ||
    left.length !== nodes ||
    value.length !== nodes * (outputs as number)
  ) {
    throw new DataError(`a tree: expected arrays of ${nodes} nodes`);
  }
  // Children behind their parents: no walk can go round.
  const odd = feature.findIndex((own, node) => own >= 0 && !(left[node]! > node && left[node]! + 1 < nodes));
  if (odd >= 0) throw new DataError(`a tree: node ${odd}: expected children behind it, got ${left[odd]}`);
  return { feature, threshold, left, value, outputs: outputs as number };
}
