// ONNX messages from bytes. Tensors stay where they are, subgraphs are not entered, and lists have limits: what a file can
// make this allocate is bounded, whatever it says.

import type { WireReader } from '../protobuf/read.js';
import type { Field, Span } from '../protobuf/read.js';
import {
  ATTRIBUTE,
  FIELDS,
  type AttributeValue,
  type Dimension,
  type OnnxFile,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './schema.js';

/** Of nodes, of initializers, and of entries of any other list. */
const MAXIMUM_ENTRIES = 2 ** 16;
const MAXIMUM_TEXT_BYTES = 2 ** 16;
const MAXIMUM_RANK = 8;

const decoder = new TextDecoder('utf-8', { fatal: false });

/** Reads the messages of one file. */
class Decoder {
  constructor(readonly wire: WireReader) {}

  /** Calls the handler of each field that has one; checks its wire type. */
  message(span: Span, name: string, handlers: Readonly<Record<number, readonly [Kind, (field: Field) => void]>>): void {
    for (const field of this.wire.fields(span, name)) {
      const handler = Object.hasOwn(handlers, field.number) ? handlers[field.number] : undefined;
      if (!handler) continue;
      const [kind, handle] = handler;
      if (!WIRE_TYPES[kind].includes(field.wireType)) {
        this.wire.fail(
          field.offset,
          `wire type ${WIRE_TYPES[kind].join(' or ')} for ${name}'s field ${field.number}`,
          String(field.wireType),
        );
      }
      handle(field);
    }
  }

  text({ begin, end, offset }: Field): string {
    if (end - begin > MAXIMUM_TEXT_BYTES) {
      this.wire.fail(offset, `a text of at most ${MAXIMUM_TEXT_BYTES} bytes`, `${end - begin}`);
    }
    return decoder.decode(this.wire.bytes.subarray(begin, end));
  }

  push<T>(list: T[], value: T, offset: number): void {
    if (list.length >= MAXIMUM_ENTRIES) this.wire.fail(offset, `at most ${MAXIMUM_ENTRIES} entries in a list`, 'more');
    list.push(value);
  }

  /** Whole numbers: one, or packed. */
  pushInts(list: number[], field: Field): void {
    if (field.wireType === 0) return this.push(list, field.value, field.offset);
    for (let at = field.begin; at < field.end;) {
      const { value, end } = this.wire.varint(at, field.end);
      this.push(list, value, at);
      at = end;
    }
  }

  pushFloats(list: number[], { begin, end, offset }: Field): void {
    if ((end - begin) % 4 !== 0) this.wire.fail(offset, 'floats of 4 bytes', `${end - begin} bytes`);
    for (let at = begin; at < end; at += 4) this.push(list, this.wire.view.getFloat32(at, true), at);
  }
}

type Kind = 'int' | 'float' | 'bytes' | 'ints' | 'floats';
const WIRE_TYPES: Readonly<Record<Kind, readonly number[]>> = {
  int: [0],
  float: [5],
  bytes: [2],
  ints: [0, 2],
  floats: [5, 2],
};

function decodeTensor(decoder: Decoder, span: Span): OnnxTensor {
  const { tensor } = FIELDS;
  const dims: number[] = [];
  const read = { name: '', dataType: 0 };
  decoder.message(span, 'TensorProto', {
    [tensor.dims]: ['ints', (field) => decoder.pushInts(dims, field)],
    [tensor.dataType]: ['int', ({ value }) => (read.dataType = value)],
    [tensor.name]: ['bytes', (field) => (read.name = decoder.text(field))],
  });
  const odd = dims.find((side) => !Number.isSafeInteger(side) || side < 0);
  if (odd !== undefined || dims.length > MAXIMUM_RANK) {
    decoder.wire.fail(
      span.begin,
      `at most ${MAXIMUM_RANK} sides that are not negative`,
      `[${dims.slice(0, 9).join(', ')}]`,
    );
  }
  return { ...read, dims, begin: span.begin, end: span.end };
}

function decodeAttribute(decoder: Decoder, span: Span): { name: string; value: AttributeValue } {
  const { attribute } = FIELDS;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  const read = { name: '', type: 0, float: 0, int: 0, string: '', tensor: undefined as OnnxTensor | undefined };
  const wire = decoder.wire;
  decoder.message(span, 'AttributeProto', {
    [attribute.name]: ['bytes', (field) => (read.name = decoder.text(field))],
    [attribute.type]: ['int', ({ value }) => (read.type = value)],
    [attribute.float]: ['float', ({ begin }) => (read.float = wire.view.getFloat32(begin, true))],
    [attribute.int]: ['int', ({ value }) => (read.int = value)],
    [attribute.string]: ['bytes', (field) => (read.string = decoder.text(field))],
    [attribute.tensor]: ['bytes', (field) => (read.tensor = decodeTensor(decoder, field))],
    [attribute.ints]: ['ints', (field) => decoder.pushInts(ints, field)],
    [attribute.floats]: ['floats', (field) => decoder.pushFloats(floats, field)],
    [attribute.strings]: ['bytes', (field) => decoder.push(strings, decoder.text(field), field.offset)],
  });
  const byType: Readonly<Record<number, AttributeValue>> = {
    [ATTRIBUTE.float]: read.float,
    [ATTRIBUTE.int]: read.int,
    [ATTRIBUTE.string]: read.string,
    [ATTRIBUTE.tensor]: read.tensor,
    [ATTRIBUTE.floats]: floats,
    [ATTRIBUTE.ints]: ints,
    [ATTRIBUTE.strings]: strings,
  };
  return { name: read.name, value: byType[read.type] };
}

function decodeNode(decoder: Decoder, field: Field): OnnxNode {
  const { node } = FIELDS;
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, AttributeValue>();
  const read = { name: '', opType: '', domain: '' };
  decoder.message(field, 'NodeProto', {
    [node.input]: ['bytes', (input) => decoder.push(inputs, decoder.text(input), input.offset)],
    [node.output]: ['bytes', (output) => decoder.push(outputs, decoder.text(output), output.offset)],
    [node.name]: ['bytes', (name) => (read.name = decoder.text(name))],
    [node.opType]: ['bytes', (opType) => (read.opType = decoder.text(opType))],
    [node.domain]: ['bytes', (domain) => (read.domain = decoder.text(domain))],
    [node.attribute]: [
      'bytes',
      (attribute) => {
        const { name, value } = decodeAttribute(decoder, attribute);
        attributes.set(name, value);
      },
    ],
  });
  if (read.opType === '' || outputs.length === 0) {
    decoder.wire.fail(
      field.offset,
      'a node with an op_type and an output',
      `'${read.opType}' and ${outputs.length} output(s)`,
    );
  }
  return { ...read, inputs, outputs, attributes, offset: field.offset };
}

function decodeValue(decoder: Decoder, field: Field): OnnxValue {
  const { valueInfo, type, tensorType, shape, dimension } = FIELDS;
  const read = { name: '', elementType: 0, dims: undefined as Dimension[] | undefined };
  const readDimension = (span: Field): void => {
    let side: Dimension;
    decoder.message(span, 'Dimension', {
      [dimension.value]: ['int', ({ value }) => (side = value)],
      [dimension.parameter]: ['bytes', (name) => (side = decoder.text(name))],
    });
    if (read.dims!.length >= MAXIMUM_RANK) decoder.wire.fail(span.offset, `at most ${MAXIMUM_RANK} sides`, 'more');
    read.dims!.push(side);
  };
  const readShape = (span: Field): void => {
    read.dims = [];
    decoder.message(span, 'TensorShapeProto', { [shape.dimension]: ['bytes', readDimension] });
  };
  const readTensorType = (span: Field): void =>
    decoder.message(span, 'TypeProto.Tensor', {
      [tensorType.elementType]: ['int', ({ value }) => (read.elementType = value)],
      [tensorType.shape]: ['bytes', readShape],
    });
  decoder.message(field, 'ValueInfoProto', {
    [valueInfo.name]: ['bytes', (name) => (read.name = decoder.text(name))],
    [valueInfo.type]: [
      'bytes',
      (span) => decoder.message(span, 'TypeProto', { [type.tensor]: ['bytes', readTensorType] }),
    ],
  });
  return { ...read, offset: field.offset };
}

function decodeGraph(decoder: Decoder, span: Span): OnnxGraph {
  const { graph } = FIELDS;
  const nodes: OnnxNode[] = [];
  const [inputs, outputs]: [OnnxValue[], OnnxValue[]] = [[], []];
  const initializers = new Map<string, OnnxTensor>();
  decoder.message(span, 'GraphProto', {
    [graph.node]: ['bytes', (field) => decoder.push(nodes, decodeNode(decoder, field), field.offset)],
    [graph.input]: ['bytes', (field) => decoder.push(inputs, decodeValue(decoder, field), field.offset)],
    [graph.output]: ['bytes', (field) => decoder.push(outputs, decodeValue(decoder, field), field.offset)],
    [graph.initializer]: [
      'bytes',
      (field) => {
        const tensor = decodeTensor(decoder, field);
        if (initializers.size >= MAXIMUM_ENTRIES) {
          decoder.wire.fail(field.offset, `at most ${MAXIMUM_ENTRIES} initializers`, 'more');
        }
        if (initializers.has(tensor.name)) {
          decoder.wire.fail(field.offset, 'an initializer with a name of its own', `'${tensor.name}' again`);
        }
        initializers.set(tensor.name, tensor);
      },
    ],
    [graph.sparseInitializer]: [
      'bytes',
      ({ offset }) => decoder.wire.fail(offset, 'dense initializers', 'a sparse one'),
    ],
  });
  return { nodes, initializers, inputs, outputs };
}

/**
 * The messages of a file; nothing of its meaning is checked yet.
 *
 * @throws FormatError with the byte and what was expected there.
 */
export function decodeModel(wire: WireReader): OnnxFile {
  const { model, opset } = FIELDS;
  const decoder = new Decoder(wire);
  const opsets = new Map<string, number>();
  const read = { irVersion: 0, producerName: '', graph: undefined as OnnxGraph | undefined };
  const whole = { begin: 0, end: wire.bytes.length };
  decoder.message(whole, 'ModelProto', {
    [model.irVersion]: ['int', ({ value }) => (read.irVersion = value)],
    [model.producerName]: ['bytes', (field) => (read.producerName = decoder.text(field))],
    [model.graph]: [
      'bytes',
      (field) => {
        if (read.graph) wire.fail(field.offset, 'one graph', 'a second');
        read.graph = decodeGraph(decoder, field);
      },
    ],
    [model.opsetImport]: [
      'bytes',
      (field) => {
        const entry = { domain: '', version: 0 };
        decoder.message(field, 'OperatorSetIdProto', {
          [opset.domain]: ['bytes', (domain) => (entry.domain = decoder.text(domain))],
          [opset.version]: ['int', ({ value }) => (entry.version = value)],
        });
        opsets.set(entry.domain === 'ai.onnx' ? '' : entry.domain, entry.version);
      },
    ],
  });
  const { graph, ...rest } = read;
  if (!graph) return wire.fail(wire.bytes.length, 'a model with a graph', 'none: is this an ONNX file?');
  return { ...rest, opsets, graph };
}
