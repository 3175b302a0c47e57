import { formatTable } from '../graph/print.js';
import { formatShape } from '../graph/shape.js';
import { formatBytes } from '../runtime/memory.js';
import type { Network } from './network.js';
import type { ParameterSegment } from './parameters.js';

/** A table of layers with output shapes and parameter counts, as `summary()` in Keras. */
export function summarize(name: string, network: Network, segments: readonly ParameterSegment[]): string {
  const parametersOf = (layer: string) =>
    segments.filter(({ path }) => path.startsWith(`${layer}/`)).reduce((sum, { size }) => sum + size, 0);
  const rows = network.layers.map(({ name: layer, layer: { definition }, output }) => [
    layer,
    definition.kind,
    formatShape(['batch', ...output.shape]),
    String(parametersOf(layer)),
  ]);
  const total = segments.reduce((sum, { size }) => sum + size, 0);
  const table = formatTable([['layer', 'kind', 'output', 'parameters'], ...rows]);
  return `${name}\n${table}\n${total} parameters (${formatBytes(4 * total)})\n`;
}
