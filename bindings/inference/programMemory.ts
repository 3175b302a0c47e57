// A memory of its own with a core on it, and compiled programs placed in it.

import { ProgramField } from '../../assembly/opcodes.js';
import type { SampleArray } from '../data/arrays.js';
import { sizeOf } from '../graph/shape.js';
import { instantiateCore, type CoreExports } from '../runtime/core.js';
import { DataError, reasonOf, RuntimeError } from '../runtime/errors.js';
import { Heap, makeMemory, PAGE_BYTES } from '../runtime/memory.js';
import { CONSTANTS, STATE } from './file.js';
import type { StoredProgram } from './readFile.js';

/** A program in memory. */
export interface PlacedProgram extends Pick<StoredProgram, 'rows' | 'lookUps'> {
  address: number;
}

/** What the header of a program says beside its length. */
export interface ProgramHeader {
  /** Region of the state that it reads and advances; that of predictions by default. */
  state?: string;
  /** The row of scalars that a step is fed: where the host writes it, where instructions read it, and its length. */
  feeds?: { source: number; target: number; width: number };
}

export class ProgramMemory {
  readonly heap: Heap;
  private readonly memory: WebAssembly.Memory;
  private readonly core: CoreExports;
  private readonly regions = new Map<string, number>();

  /**
   * @param loader The function that made it, for errors.
   * @param exporter What wrote its programs.
   */
  constructor(
    loader: string,
    private readonly exporter: string,
    module: WebAssembly.Module,
    maximumBytes: number,
  ) {
    const maximum = Math.floor(maximumBytes / PAGE_BYTES);
    this.memory = makeMemory(loader, maximum);
    this.core = instantiateCore(module, this.memory);
    this.heap = new Heap(this.memory, this.core.heapBase(), maximum * PAGE_BYTES);
    this.core.setScratch(this.heap.allocate(this.core.scratchBytes(), 'the scratch memory of the core'));
  }

  /** A region by its name, filled with zeros. */
  allocate(region: string, bytes: number): number {
    const address = this.heap.allocate(bytes, `the program's ${region}`);
    this.regions.set(region, address);
    return address;
  }

  addressOf(region: string): number {
    return this.regions.get(region)!;
  }

  /** Views die when memory grows, so they are made anew at each use. */
  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  uint32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }

  float64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** Copies a program to memory, and adds to its addresses where their regions begin. */
  place(program: StoredProgram, { state = STATE, feeds }: ProgramHeader = {}): PlacedProgram {
    const { rows, lookUps, words, constants, relocations } = program;
    const address = this.heap.allocate(words.byteLength, 'a program');
    const constantsAddress = this.heap.allocate(constants.byteLength, 'the constants of a program');
    this.float32(constantsAddress, constants.length).set(constants);
    const placed = this.uint32(address, words.length);
    placed.set(words);
    const baseOf = (region: string): number =>
      region === CONSTANTS ? constantsAddress : this.addressOf(region === STATE ? state : region);
    for (const [region, at] of relocations) {
      const base = baseOf(region);
      for (const word of at) placed[word]! += base;
    }
    placed[ProgramField.words] = words.length;
    placed[ProgramField.statePointer] = this.addressOf(state);
    if (feeds) {
      placed[ProgramField.feedSourcePointer] = feeds.source;
      placed[ProgramField.feedTargetPointer] = feeds.target;
      placed[ProgramField.feedWords] = feeds.width;
    }
    return { rows, lookUps, address };
  }

  /** Gives the place of a program without constants back. */
  remove({ address }: PlacedProgram): void {
    this.heap.release(address);
  }

  /** Copies samples `begin` to `begin + rows`, or those of a list, to a region that holds as many as the program takes. */
  writeSamples(region: string, { data, sampleShape }: SampleArray, samples: Samples, capacity: number): void {
    const size = sizeOf(sampleShape);
    const View = data instanceof Int32Array ? Int32Array : Float32Array;
    const target = new View(this.memory.buffer, this.addressOf(region), capacity * size);
    if ('order' in samples) {
      samples.order.forEach((sample, row) => target.set(data.subarray(sample * size, (sample + 1) * size), row * size));
      return;
    }
    const { begin, rows } = samples;
    target.set(data.subarray(begin * size, (begin + rows) * size));
    // Samples of an earlier run: an index among them may be one that halts.
    target.fill(0, rows * size);
  }

  /**
   * Runs one step. Returns the word of the instruction that halted it, if one did.
   *
   * @throws DataError for an index that a table does not have; RuntimeError for a program that traps.
   */
  run({ address, lookUps }: PlacedProgram, where: string): number | undefined {
    const halted = this.runCore(address, where);
    if (halted === 0) return undefined;
    const word = (halted - address) / 4;
    const lookUp = lookUps.find((candidate) => candidate.word === word);
    if (!lookUp) return word;
    throw new DataError(
      `${lookUp.layer}: an index is out of range. The table has ${lookUp.rows} rows: use 0 to ${lookUp.rows - 1}.`,
    );
  }

  private runCore(address: number, where: string): number {
    try {
      return this.core.run(address, 1);
    } catch (cause) {
      throw new RuntimeError(
        `${where}: the program could not be run: ${reasonOf(cause)} Load only files that ${this.exporter} wrote.`,
        { cause },
      );
    }
  }
}

/** Which samples: neighbours, or those of these numbers. */
export type Samples = { begin: number; rows: number } | { order: Int32Array };
