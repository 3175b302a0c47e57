// The table of what goes to ONNX and comes back says what is so.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FormatError } from '../../bindings/index.js';
import { decodeModel } from '../../bindings/formats/onnx/decode.js';
import { exportOnnx, importOnnx } from '../../bindings/formats/onnx/index.js';
import { OPERATORS } from '../../bindings/formats/onnx/in/table.js';
import { ONNX_TABLE } from '../../bindings/formats/onnx/table.js';
import { WireReader } from '../../bindings/formats/protobuf/read.js';
import { LAYER_KINDS } from '../../bindings/layers/index.js';
import { networkOf } from '../../bindings/model/model.js';
import { LAYER_CASES } from '../layers/cases.js';
import { modelOfCase } from './support.js';

const docs = readFileSync(new URL('../../docs/onnx.md', import.meta.url), 'utf8');

test('every kind of layer has a row', () => {
  expect(Object.keys(ONNX_TABLE).sort()).toEqual([...LAYER_KINDS].sort());
});

test.each(LAYER_KINDS)('%s', (kind) => {
  const { nodes, back } = ONNX_TABLE[kind];
  const [layerCase] = LAYER_CASES[kind];
  using net = modelOfCase(layerCase!.make(), layerCase!);
  const file = exportOnnx(net);
  const written = decodeModel(new WireReader(file, 'test')).graph.nodes.flatMap(({ opType }) =>
    opType === 'Identity' ? [] : [opType],
  );
  if (nodes === '') expect(written).toEqual([]);
  else if (kind !== 'activation') expect(written).toContain(nodes);
  if (back === 'no') {
    expect(() => importOnnx(file)).toThrow(FormatError);
    return;
  }
  using again = importOnnx(file);
  const kinds = networkOf(again, 'test').layers.map(({ layer }) => layer.definition.kind);
  if (back === 'absent') expect(kinds).toEqual([]);
  else if (back === 'itself') expect(kinds).toContain(kind);
  else if (back === 'equivalent') expect(kinds).not.toContain(kind);
});

test('docs/onnx.md has a row for every kind of layer, and names every operator that is read', () => {
  for (const kind of LAYER_KINDS) expect(docs).toContain(`| \`${kind}\` |`);
  for (const operator of Object.keys(OPERATORS)) expect(docs).toContain(`\`${operator}\``);
});
