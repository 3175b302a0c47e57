// Prints the table of docs/onnx.md: per layer, what is written as ONNX and what is read.

import { OPERATORS } from '../bindings/formats/onnx/in/table.js';
import { ONNX_TABLE, type WayBack } from '../bindings/formats/onnx/table.js';

const BACK: Readonly<Record<WayBack, string>> = {
  itself: 'yes',
  equivalent: 'as layers that compute the same',
  partly: 'yes, with limits',
  no: 'no',
  absent: 'not needed',
};

console.log('| layer | ONNX out | ONNX in | |\n| --- | --- | --- | --- |');
for (const [kind, { nodes, back, note = '' }] of Object.entries(ONNX_TABLE)) {
  console.log(`| \`${kind}\` | ${nodes || 'nothing to write'} | ${BACK[back]} | ${note} |`);
}
const names = Object.keys(OPERATORS).sort();
console.log(`\nOperators that are read: ${names.map((name) => `\`${name}\``).join(', ')}.`);
