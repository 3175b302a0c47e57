// Reads the file of an inference program: everything is checked before anything is allocated for it.

import { CONTRACT, ProgramField } from '../../assembly/opcodes.js';
import { parseJson } from '../formats/json.js';
import type { Safetensors } from '../formats/safetensors.js';
import { openSealed, type SealedKind } from '../formats/sealedFile.js';
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

/** What the file of an inference program says, checked. */
export const readInferenceFile = (bytes: Uint8Array | ArrayBuffer, where: string): Promise<InferenceFile> =>
  readCompiledFile(bytes, where, file.INFERENCE_PROGRAM, (read, { inputs, outputs, programs, name }) => {
    const ports = readPorts(inputs, outputs);
    return {
      name: readText(name, 'name'),
      ...ports,
      parameters: readVector(read, file.PARAMETERS, 'F32'),
      programs: readPrograms(read, programs, 'programs', String, predictionRegions(ports)),
    };
  });

/**
 * Opens a file of compiled programs, and gives its description to `readDescription`.
 *
 * @throws FormatError with the byte; RuntimeError for programs of another version's core.
 */
export async function readCompiledFile<T>(
  bytes: Uint8Array | ArrayBuffer,
  where: string,
  kind: SealedKind,
  readDescription: (read: Safetensors, description: Readonly<Record<string, unknown>>) => T,
): Promise<T> {
  const read = await openSealed(where, bytes, kind);
  const at = read.byteOf('program');
  try {
    const json = parseJson(readText(read.metadata.program, 'program'), where, at);
    const description = readObject(json, 'program');
    checkCore(where, description.library);
    return readDescription(read, description);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new FormatError(`${where}: byte ${at}: ${cause.message}.`, at, { cause });
  }
}

function checkCore(where: string, library: unknown): void {
  const { version, core } = readObject(library, 'library');
  if (core === CONTRACT) return;
  throw new RuntimeError(
    `${where}: the program is for the core of wasmgrad ${describeValue(version)}, whose instructions are others. ` +
      'Export it again from the saved model with this version.',
  );
}

/** What goes in and out. */
export type Ports = Pick<InferenceFile, 'inputs' | 'outputs'>;

export const readPorts = (inputs: unknown, outputs: unknown): Ports => ({
  inputs: readList(inputs, 'inputs').map((value, i) => readPort(value, `inputs[${i}]`)),
  outputs: readList(outputs, 'outputs').map((value, i) => readPort(value, `outputs[${i}]`)),
});

/** Regions whose addresses a program that predicts has. */
export const predictionRegions = ({ inputs, outputs }: Ports): string[] => [
  ...[file.PARAMETERS, file.ARENA, file.STATE, file.CONSTANTS],
  ...inputs.map((_, i) => file.inputRegion(i)),
  ...outputs.map((_, i) => file.outputRegion(i)),
];

/** Programs of falling batch sizes. @param nameOf Of the program of a batch size. */
export function readPrograms(
  read: Safetensors,
  value: unknown,
  path: string,
  nameOf: (rows: number) => string,
  regions: readonly string[],
): StoredProgram[] {
  const list = readList(value, path).map((entry, i) => readProgram(read, entry, `${path}[${i}]`, nameOf, regions));
  const isOrdered = list.every(({ rows }, i) => i === 0 || rows < list[i - 1]!.rows);
  if (list.length === 0 || !isOrdered) throw new DataError(`${path}: expected at least one, the largest batch first`);
  return list;
}

export function readPort(value: unknown, path: string): file.Port {
  const { name, shape, dtype } = readObject(value, path);
  if (dtype !== 'float32' && dtype !== 'int32') {
    throw new DataError(`${path}.dtype: expected 'float32' or 'int32', got ${describeValue(dtype)}`);
  }
  const sides = readShape(shape, `${path}.shape`);
  readCount(sizeOf(sides), `${path}: its elements`, 2 ** 30);
  return { name: readText(name, `${path}.name`), shape: sides, dtype };
}

function readProgram(
  read: Safetensors,
  value: unknown,
  path: string,
  nameOf: (rows: number) => string,
  regions: readonly string[],
): StoredProgram {
  const { rows: givenRows, arenaBytes, lookUps } = readObject(value, path);
  const rows = readCount(givenRows, `${path}.rows`, 2 ** 30);
  if (rows === 0) throw new DataError(`${path}.rows: expected at least 1, got 0`);
  const program = nameOf(rows);
  const words = readVector(read, file.wordsTensor(program), 'U32');
  if (words.length < HEADER_WORDS) throw new DataError(`${path}: expected at least ${HEADER_WORDS} words`);
  const relocations = new Map<string, Uint32Array>();
  for (const region of regions) {
    const name = file.relocationsTensor(program, region);
    if (!read.tensors.has(name)) continue;
    const at = readVector(read, name, 'U32');
    const odd = at.find((word) => word < HEADER_WORDS || word >= words.length);
    if (odd !== undefined) throw new DataError(`${name}: expected words of the program, got ${odd}`);
    relocations.set(region, at);
  }
  return {
    rows,
    arenaBytes: readCount(arenaBytes, `${path}.arenaBytes`),
    lookUps: readList(lookUps, `${path}.lookUps`).map((entry, i) => readLookUp(entry, `${path}.lookUps[${i}]`)),
    words,
    constants: readVector(read, file.constantsTensor(program), 'F32'),
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
export function readVector<D extends keyof typeof ARRAYS>(
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
