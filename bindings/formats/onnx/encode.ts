// ONNX messages as bytes.

import type { Shape } from '../../graph/shape.js';
import {
  bytesField,
  floatField,
  messageField,
  textField,
  uintField,
  uintsField,
  type Bytes,
} from '../protobuf/write.js';
import { ATTRIBUTE, FIELDS, type Dimension } from './schema.js';

/** What a node's attribute can be here: a whole number, several, a float marked so, text, or texts. */
export type Attribute = number | readonly number[] | string | readonly string[] | { float: number };

const { model, opset, entry, graph, node, attribute, tensor, valueInfo, type, tensorType, shape, dimension } = FIELDS;

function encodeAttribute(name: string, value: Attribute): Bytes {
  const kind = (of: keyof typeof ATTRIBUTE) => uintField(attribute.type, ATTRIBUTE[of]);
  const fields = (): Uint8Array[] => {
    if (typeof value === 'number') return [uintField(attribute.int, value), kind('int')];
    if (typeof value === 'string') return [textField(attribute.string, value), kind('string')];
    if ('float' in value) return [floatField(attribute.float, value.float), kind('float')];
    const isText = (list: readonly (number | string)[]): list is string[] => typeof list[0] === 'string';
    if (isText(value)) return [...value.map((text) => textField(attribute.strings, text)), kind('strings')];
    return [uintsField(attribute.ints, value as readonly number[]), kind('ints')];
  };
  return messageField(node.attribute, textField(attribute.name, name), ...fields());
}

export interface NodeToWrite {
  name: string;
  opType: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
}

export const encodeNode = ({ name, opType, inputs, outputs, attributes }: NodeToWrite): Bytes =>
  messageField(
    graph.node,
    ...inputs.map((input) => textField(node.input, input)),
    ...outputs.map((output) => textField(node.output, output)),
    textField(node.name, name),
    textField(node.opType, opType),
    ...Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
  );

/** A tensor with a name, its elements little-endian. */
export const encodeInitializer = (name: string, dataType: number, dims: Shape, raw: Uint8Array): Bytes =>
  messageField(
    graph.initializer,
    uintsField(tensor.dims, dims),
    uintField(tensor.dataType, dataType),
    textField(tensor.name, name),
    bytesField(tensor.rawData, raw),
  );

const encodeDimension = (side: Dimension): Bytes =>
  messageField(
    shape.dimension,
    ...(typeof side === 'number' ? [uintField(dimension.value, side)] : []),
    ...(typeof side === 'string' ? [textField(dimension.parameter, side)] : []),
  );

/** An input or output of the graph. */
export const encodeValue = (
  role: 'input' | 'output',
  name: string,
  elementType: number,
  dims: readonly Dimension[],
): Bytes =>
  messageField(
    graph[role],
    textField(valueInfo.name, name),
    messageField(
      valueInfo.type,
      messageField(
        type.tensor,
        uintField(tensorType.elementType, elementType),
        messageField(tensorType.shape, ...dims.map(encodeDimension)),
      ),
    ),
  );

export interface ModelToWrite {
  irVersion: number;
  opsetVersion: number;
  producerName: string;
  graphName: string;
  metadata: Readonly<Record<string, string>>;
  /** Nodes, initializers, inputs and outputs, as fields of the graph. */
  graphFields: readonly Uint8Array[];
}

/** The fields of a model; joined they are the file. */
export const encodeModel = (given: ModelToWrite): Bytes[] => [
  uintField(model.irVersion, given.irVersion),
  textField(model.producerName, given.producerName),
  messageField(model.graph, textField(graph.name, given.graphName), ...given.graphFields),
  messageField(model.opsetImport, textField(opset.domain, ''), uintField(opset.version, given.opsetVersion)),
  ...Object.entries(given.metadata).map(([key, value]) =>
    messageField(model.metadata, textField(entry.key, key), textField(entry.value, value)),
  ),
];
