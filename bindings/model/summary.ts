import { formatTable } from '../graph/print.js';
import { formatShape } from '../graph/shape.js';
import { formatBytes } from '../runtime/memory.js';
import type { Network } from './network.js';
import type { ParameterLayout, ParameterSegment } from './parameters.js';

const total = (segments: readonly ParameterSegment[]): number => segments.reduce((sum, { size }) => sum + size, 0);

/** A table of layers with output shapes and parameter counts, as `summary()` in Keras. Tied storage counts where it lies. */
export function summarize(name: string, network: Network, layout: ParameterLayout): string {
  const { segments, trainable } = layout;
  const parametersOf = (layer: string) => {
    const own = String(total(segments.filter(({ path }) => path.startsWith(`${layer}/`))));
    const ties = [...network.ties].filter(([path]) => path.startsWith(`${layer}/`));
    return [own, ...ties.map(([path, { source }]) => `${path.slice(layer.length + 1)} tied to ${source}`)].join(', ');
  };
  const rows = network.layers.map(({ name: layer, layer: { definition }, output }) => [
    layer,
    definition.kind,
    formatShape(['batch', ...output.shape]),
    parametersOf(layer),
  ]);
  const table = formatTable([['layer', 'kind', 'output', 'parameters'], ...rows]);
  const count = total(segments);
  const frozen = count - total(trainable);
  const note = frozen > 0 ? `, ${frozen} of them not trained` : '';
  return `${name}\n${table}\n${count} parameters (${formatBytes(4 * count)})${note}\n`;
}
