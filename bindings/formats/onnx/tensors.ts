// Values of the tensors of an ONNX file. The number of values is checked against the shape before anything is allocated.

import { halfToFloat } from './half.js';
import type { Field, WireReader } from '../protobuf/read.js';
import { ELEMENT, elementName, FIELDS, type OnnxTensor } from './schema.js';

type Read = (view: DataView, at: number) => number;

/** Elements that are read: bytes of one in raw_data, and how it is read there. */
const RAW: Readonly<Record<number, readonly [bytes: number, Read]>> = {
  [ELEMENT.float]: [4, (view, at) => view.getFloat32(at, true)],
  [ELEMENT.float16]: [2, (view, at) => halfToFloat(view.getUint16(at, true))],
  [ELEMENT.double]: [8, (view, at) => view.getFloat64(at, true)],
  [ELEMENT.int64]: [8, (view, at) => Number(view.getBigInt64(at, true))],
  [ELEMENT.int32]: [4, (view, at) => view.getInt32(at, true)],
  [ELEMENT.int8]: [1, (view, at) => view.getInt8(at)],
  [ELEMENT.uint8]: [1, (view, at) => view.getUint8(at)],
  [ELEMENT.bool]: [1, (view, at) => view.getUint8(at)],
};

const asNumber: Read = () => NaN;

/** The field other than raw_data that may have the values: its number, and how packed ones are read; varints by asNumber. */
const TYPED: Readonly<Record<number, readonly [field: number, bytes: number, Read]>> = {
  [ELEMENT.float]: [FIELDS.tensor.floatData, 4, RAW[ELEMENT.float]![1]],
  [ELEMENT.float16]: [FIELDS.tensor.int32Data, 0, asNumber],
  [ELEMENT.double]: [FIELDS.tensor.doubleData, 8, RAW[ELEMENT.double]![1]],
  [ELEMENT.int64]: [FIELDS.tensor.int64Data, 0, asNumber],
  [ELEMENT.int32]: [FIELDS.tensor.int32Data, 0, asNumber],
  [ELEMENT.int8]: [FIELDS.tensor.int32Data, 0, asNumber],
  [ELEMENT.uint8]: [FIELDS.tensor.int32Data, 0, asNumber],
  [ELEMENT.bool]: [FIELDS.tensor.int32Data, 0, asNumber],
};

const countOf = (dims: readonly number[]): number => dims.reduce((product, side) => product * side, 1);

/** Tells each value of a typed field: fixed ones, packed or not, and numbers of variable length. */
function visitTyped(
  wire: WireReader,
  field: Field,
  [, bytes, read]: (typeof TYPED)[number],
  tell: (x: number) => void,
) {
  if (field.wireType === 0) return tell(field.value);
  if (bytes === 0) {
    for (let at = field.begin; at < field.end;) {
      const { value, end } = wire.varint(at, field.end);
      tell(value);
      at = end;
    }
    return;
  }
  if ((field.end - field.begin) % bytes !== 0) {
    wire.fail(field.offset, `values of ${bytes} bytes`, `${field.end - field.begin} bytes`);
  }
  for (let at = field.begin; at < field.end; at += bytes) tell(read(wire.view, at));
}

/**
 * The values of a tensor, row-major, each told with its index.
 *
 * @throws FormatError for external data, other types, or another number of values than the shape has.
 */
export function visitTensor(wire: WireReader, tensor: OnnxTensor, tell: (value: number, index: number) => void): void {
  const { name, dims, dataType, begin } = tensor;
  const raw = RAW[dataType];
  const typed = TYPED[dataType];
  if (!raw || !typed) {
    return wire.fail(
      begin,
      `tensor '${name}' of float, float16, double, int8, uint8, int32, int64 or bool`,
      elementName(dataType),
    );
  }
  const count = countOf(dims);
  let seen = 0;
  const convert = dataType === ELEMENT.float16 ? halfToFloat : (value: number) => value;
  for (const field of wire.fields(tensor, 'TensorProto')) {
    if (
      field.number === FIELDS.tensor.externalData ||
      (field.number === FIELDS.tensor.dataLocation && field.value === 1)
    ) {
      wire.fail(
        field.offset,
        `the values of tensor '${name}' in the file itself`,
        'external data. Save the model in one file',
      );
    }
    if (field.number === FIELDS.tensor.rawData && field.wireType === 2) {
      const [bytes, read] = raw;
      if (field.end - field.begin !== count * bytes) {
        wire.fail(
          field.offset,
          `${count * bytes} bytes for tensor '${name}' of shape [${dims.join(', ')}]`,
          `${field.end - field.begin}`,
        );
      }
      for (let i = 0; i < count; i++) tell(read(wire.view, field.begin + i * bytes), i);
      seen += count;
    }
    if (field.number === typed[0]) {
      visitTyped(wire, field, typed, (value) => {
        if (seen >= count) wire.fail(field.offset, `${count} values of tensor '${name}'`, 'more');
        tell(convert(value), seen++);
      });
    }
  }
  if (seen !== count) wire.fail(begin, `${count} values of tensor '${name}' of shape [${dims.join(', ')}]`, `${seen}`);
}

/** Counts the values that stand in the file, so that a shape alone allocates nothing. */
function checkCount(wire: WireReader, tensor: OnnxTensor): number {
  const count = countOf(tensor.dims);
  // A value takes a byte at least.
  if (count <= tensor.end - tensor.begin) return count;
  return wire.fail(
    tensor.begin,
    `tensor '${tensor.name}' within its ${tensor.end - tensor.begin} bytes`,
    `shape [${tensor.dims.join(', ')}]`,
  );
}

/** Values as float32; each must be a finite number. @throws FormatError */
export function readFloats(wire: WireReader, tensor: OnnxTensor): Float32Array {
  const values = new Float32Array(checkCount(wire, tensor));
  visitTensor(wire, tensor, (value, i) => (values[i] = value));
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) wire.fail(tensor.begin, `finite values in tensor '${tensor.name}'`, `${values[odd]} at ${odd}`);
  return values;
}

/** Few values as numbers: shapes, axes, scalars. @throws FormatError for more than `limit`. */
export function readNumbers(wire: WireReader, tensor: OnnxTensor, limit = 2 ** 12): number[] {
  const count = checkCount(wire, tensor);
  if (count > limit) wire.fail(tensor.begin, `at most ${limit} values in tensor '${tensor.name}'`, `${count}`);
  const values: number[] = [];
  visitTensor(wire, tensor, (value) => void values.push(value));
  return values;
}
