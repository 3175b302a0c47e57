// The messages of an ONNX file, as much of them as models need. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

/** TensorProto.DataType */
export const ELEMENT = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
} as const;

export const elementName = (type: number): string =>
  Object.entries(ELEMENT).find(([, value]) => value === type)?.[0] ?? `type ${type}`;

/** AttributeProto.AttributeType */
export const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

/** Field numbers, by message. */
export const FIELDS = {
  model: { irVersion: 1, producerName: 2, producerVersion: 3, graph: 7, opsetImport: 8, metadata: 14 },
  opset: { domain: 1, version: 2 },
  entry: { key: 1, value: 2 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparseInitializer: 15 },
  node: { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, float: 2, int: 3, string: 4, tensor: 5, floats: 7, ints: 8, strings: 9, type: 20 },
  tensor: {
    dims: 1,
    dataType: 2,
    floatData: 4,
    int32Data: 5,
    stringData: 6,
    int64Data: 7,
    name: 8,
    rawData: 9,
    doubleData: 10,
    uint64Data: 11,
    externalData: 13,
    dataLocation: 14,
  },
  valueInfo: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { elementType: 1, shape: 2 },
  shape: { dimension: 1 },
  dimension: { value: 1, parameter: 2 },
} as const;

/** A side of a tensor: a number, a name that stands for one, or unknown. */
export type Dimension = number | string | undefined;

/** A tensor of a file; its values stay where they are until they are asked for (`readTensor`). */
export interface OnnxTensor {
  name: string;
  dims: readonly number[];
  dataType: number;
  /** The stretch of the message in the file. */
  begin: number;
  end: number;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | OnnxTensor | undefined;

export interface OnnxNode {
  name: string;
  opType: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** By name; undefined for kinds that are not read (graphs). */
  attributes: ReadonlyMap<string, AttributeValue>;
  /** Byte of the file at which it begins. */
  offset: number;
}

/** An input or output of the graph. */
export interface OnnxValue {
  name: string;
  elementType: number;
  /** Undefined where the file does not say. */
  dims: readonly Dimension[] | undefined;
  offset: number;
}

export interface OnnxGraph {
  nodes: readonly OnnxNode[];
  initializers: ReadonlyMap<string, OnnxTensor>;
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
}

export interface OnnxFile {
  irVersion: number;
  producerName: string;
  /** Version of each set of operators, by domain. */
  opsets: ReadonlyMap<string, number>;
  graph: OnnxGraph;
}
