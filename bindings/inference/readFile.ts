// Reads the file of an inference program: everything is checked before anything is allocated for it.

import { CONTRACT, ProgramField } from '../../assembly/opcodes.js';
import { parseJson } from '../formats/json.js';
import type { Safetensors } from '../formats/safetensors.js';
import { openSealed } from '../formats/sealedFile.js';
import { readCount, readList, readObject, readShape, readText } from '../model/saving/fields.js';
import { sizeOf } from '../graph/shape.js';
import { DataError, FormatError, RuntimeError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import * as file from './file.js';

/** A program with its words, in which addresses count from the beginning of their region. */
export interface StoredProgram extends file.ProgramDescription {
  words: Uint32Array;
  constants: Float32Array;
  /** Which words are addresses, by region. */
  relocations: ReadonlyMap<string, Uint32Array>;
}

export interface InferenceFile {
  name: string;
  inputs: readonly file.Port[];
  outputs: readonly file.Port[];
  parameters: Float32Array;
  /** Largest batches first; at least one. */
  programs: readonly StoredProgram[];
}

/** Words in front of the first instruction. */
const HEADER_WORDS: number = ProgramField.end;

const ARRAYS = { F32: Float32Array, U32: Uint32Array } as const;

/** @throws FormatError with the byte; RuntimeError for a program of another version's core. */
export async function readInferenceFile(bytes: Uint8Array | ArrayBuffer, where: string): Promise<InferenceFile> {
  const read = await openSealed(where, bytes, file.INFERENCE_PROGRAM);
  const at = read.byteOf('program');
  try {
    return readDescription(where, read, parseJson(readText(read.metadata.program, 'program'), where, at));
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new FormatError(`${where}: byte ${at}: ${cause.message}.`, at, { cause });
  }
}

function readDescription(where: string, read: Safetensors, json: unknown): InferenceFile {
  const { library, name, inputs, outputs, programs } = readObject(json, 'program');
  const { version, core } = readObject(library, 'library');
  if (core !== CONTRACT) {
    throw new RuntimeError(
      `${where}: the program is for the core of wasmgrad ${describeValue(version)}, whose instructions are others. ` +
        'Export it again from the saved model with this version.',
    );
  }
  const description = {
    name: readText(name, 'name'),
    inputs: readList(inputs, 'inputs').map((value, i) => readPort(value, `inputs[${i}]`)),
    outputs: readList(outputs, 'outputs').map((value, i) => readPort(value, `outputs[${i}]`)),
  };
  const regions = [
    ...[file.PARAMETERS, file.ARENA, file.STATE, file.CONSTANTS],
    ...description.inputs.map((_, i) => file.inputRegion(i)),
    ...description.outputs.map((_, i) => file.outputRegion(i)),
  ];
  const list = readList(programs, 'programs').map((value, i) => readProgram(read, value, `programs[${i}]`, regions));
  const isOrdered = list.every(({ rows }, i) => i === 0 || rows < list[i - 1]!.rows);
  if (list.length === 0 || !isOrdered) throw new DataError('programs: expected at least one, the largest batch first');
  return { ...description, parameters: readTensor(read, file.PARAMETERS, 'F32'), programs: list };
}

function readPort(value: unknown, path: string): file.Port {
  const { name, shape, dtype } = readObject(value, path);
  if (dtype !== 'float32' && dtype !== 'int32') {
    throw new DataError(`${path}.dtype: expected 'float32' or 'int32', got ${describeValue(dtype)}`);
  }
  const sides = readShape(shape, `${path}.shape`);
  readCount(sizeOf(sides), `${path}: its elements`, 2 ** 30);
  return { name: readText(name, `${path}.name`), shape: sides, dtype };
}

function readProgram(read: Safetensors, value: unknown, path: string, regions: readonly string[]): StoredProgram {
  const { rows: givenRows, arenaBytes, lookUps } = readObject(value, path);
  const rows = readCount(givenRows, `${path}.rows`, 2 ** 30);
  if (rows === 0) throw new DataError(`${path}.rows: expected at least 1, got 0`);
  const words = readTensor(read, file.wordsTensor(rows), 'U32');
  if (words.length < HEADER_WORDS) throw new DataError(`${path}: expected at least ${HEADER_WORDS} words`);
  const relocations = new Map<string, Uint32Array>();
  for (const region of regions) {
    const name = file.relocationsTensor(rows, region);
    if (!read.tensors.has(name)) continue;
    const at = readTensor(read, name, 'U32');
    const odd = at.find((word) => word < HEADER_WORDS || word >= words.length);
    if (odd !== undefined) throw new DataError(`${name}: expected words of the program, got ${odd}`);
    relocations.set(region, at);
  }
  return {
    rows,
    arenaBytes: readCount(arenaBytes, `${path}.arenaBytes`),
    lookUps: readList(lookUps, `${path}.lookUps`).map((entry, i) => readLookUp(entry, `${path}.lookUps[${i}]`)),
    words,
    constants: readTensor(read, file.constantsTensor(rows), 'F32'),
    relocations,
  };
}

function readLookUp(value: unknown, path: string): file.LookUp {
  const { word, layer, rows } = readObject(value, path);
  return {
    word: readCount(word, `${path}.word`),
    layer: readText(layer, `${path}.layer`),
    rows: readCount(rows, `${path}.rows`),
  };
}

/** A tensor of one dimension: a view of the file where its bytes are aligned. */
function readTensor<D extends keyof typeof ARRAYS>(
  { tensors }: Safetensors,
  name: string,
  dtype: D,
): InstanceType<(typeof ARRAYS)[D]> {
  const tensor = tensors.get(name);
  if (tensor?.dtype !== dtype || tensor.shape.length !== 1) {
    throw new DataError(`${name}: expected a vector of ${dtype}, got ${tensor ? tensor.dtype : 'nothing'}`);
  }
  const bytes = tensor.bytes.byteOffset % 4 === 0 ? tensor.bytes : tensor.bytes.slice();
  return new ARRAYS[dtype](bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4) as InstanceType<
    (typeof ARRAYS)[D]
  >;
}
