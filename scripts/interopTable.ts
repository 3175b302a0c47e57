// The README's table of what can be exchanged, layer by layer, out of the tables of the formats.

import { ONNX_TABLE, type WayBack } from '../bindings/formats/onnx/table.js';
import { TFJS_LAYERS } from '../bindings/formats/tfjs/index.js';
import { TORCH_LAYERS } from '../bindings/formats/torch/index.js';

const BACK: Readonly<Record<WayBack, string>> = {
  itself: 'yes',
  equivalent: 'as others',
  partly: 'limits',
  no: '-',
  absent: 'not needed',
};

/** One row a kind of layer. A saved model holds every kind. */
export function interopTable(): string {
  const torch: Readonly<Record<string, unknown>> = TORCH_LAYERS;
  const rows = Object.entries(ONNX_TABLE).map(([kind, { nodes, back }]) => [
    `\`${kind}\``,
    'yes',
    nodes ? 'yes' : 'not needed',
    BACK[back],
    TFJS_LAYERS[kind] ?? '-',
    Object.hasOwn(torch, kind) ? 'yes' : '-',
  ]);
  const head = ['layer', 'safetensors', 'ONNX out', 'ONNX in', 'TF.js, out and in', "PyTorch's weights"];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
