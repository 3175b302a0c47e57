// A program in linear memory: a compiled graph with addresses, ready to run. Owns its words, constants and feeds.

import { InstructionField, ProgramField } from '../../assembly/opcodes.js';
import type { Runtime } from '../runtime/runtime.js';
import { addressOf, lower, type AddressMap, type CompiledGraph, type PlacedInstruction } from './compile.js';
import type { Tensor } from './tensor.js';

/** Region of the scalars that change from step to step (the learning rate): one row a step. */
export const FEEDS = 'feeds';

export interface ProgramRegions {
  regions: Readonly<Record<string, number>>;
  stateAddress: number;
  /** float32 values that each step reads from the region `FEEDS`. */
  feedCount?: number;
}

export class Program {
  readonly instructions: readonly PlacedInstruction[];
  private readonly address: number;
  private readonly addresses: AddressMap;
  private readonly constantsAddress: number;
  private readonly feedTargetAddress: number;
  private readonly feedCount: number;
  private feedTableAddress = 0;
  private feedTableRows = 0;

  constructor(
    private readonly runtime: Runtime,
    readonly compiled: CompiledGraph,
    owner: ProgramRegions,
  ) {
    const { heap } = runtime;
    this.feedCount = owner.feedCount ?? 0;
    try {
      this.constantsAddress = heap.allocate(4 * compiled.constants.length, 'the constants of a program');
      this.feedTargetAddress = heap.allocate(4 * this.feedCount, 'the feeds of a program');
      runtime.float32(this.constantsAddress, compiled.constants.length).set(compiled.constants);
      this.addresses = {
        regions: { ...owner.regions, [FEEDS]: this.feedTargetAddress },
        constantsAddress: this.constantsAddress,
        stateAddress: owner.stateAddress,
      };
      this.instructions = lower(compiled, this.addresses);
      this.address = this.write(owner.stateAddress);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Runs as many steps as `feeds` has rows of the program's feeds (or `steps`, for a program without). Returns the
   * instruction that halted the program, if one did.
   */
  run(
    feeds: ArrayLike<number> = [],
    steps = this.feedCount ? feeds.length / this.feedCount : 1,
  ): PlacedInstruction | undefined {
    if (this.feedCount > 0) this.writeFeeds(feeds, steps);
    const halted = this.runtime.core.run(this.address, steps);
    if (halted === 0) return undefined;
    return this.instructions.find(({ wordOffset }) => this.address + 4 * wordOffset === halted);
  }

  /** Runs one part of one instruction alone, for timing, tracing and tests. Returns false if it halts the program. */
  runInstruction(instruction: PlacedInstruction, part = 0, parts = 1): boolean {
    return this.runtime.core.runInstruction(this.address + 4 * instruction.wordOffset, part, parts) !== 0;
  }

  /** Runs one instruction alone, on as many threads as a run would, or as many as there are of `parts`. */
  runShared(instruction: PlacedInstruction, parts = instruction.words[InstructionField.parts]!): void {
    const address = this.address + 4 * instruction.wordOffset;
    const words = this.runtime.uint32(address, InstructionField.end);
    words[InstructionField.parts] = parts;
    this.runtime.core.runShared(address);
    words[InstructionField.parts] = instruction.words[InstructionField.parts]!;
  }

  /** Puts one row of feeds where instructions read it, for `runInstruction`. */
  setFeeds(feeds: ArrayLike<number>): void {
    this.runtime.float32(this.feedTargetAddress, this.feedCount).set(feeds);
  }

  /** Byte address of a tensor that exists in memory. */
  addressOf(tensor: Tensor): number {
    return addressOf(this.compiled, tensor, this.addresses);
  }

  dispose(): void {
    const { heap } = this.runtime;
    heap.release(this.address);
    heap.release(this.constantsAddress);
    heap.release(this.feedTargetAddress);
    heap.release(this.feedTableAddress);
  }

  private write(stateAddress: number): number {
    const last = this.instructions.at(-1);
    const wordCount = last ? last.wordOffset + last.words[InstructionField.words]! : ProgramField.end;
    const address = this.runtime.heap.allocate(4 * wordCount, 'a program');
    const words = this.runtime.uint32(address, wordCount);
    words[ProgramField.words] = wordCount;
    words[ProgramField.statePointer] = stateAddress;
    words[ProgramField.feedTargetPointer] = this.feedTargetAddress;
    words[ProgramField.feedWords] = this.feedCount;
    for (const instruction of this.instructions) words.set(instruction.words, instruction.wordOffset);
    return address;
  }

  private writeFeeds(feeds: ArrayLike<number>, steps: number): void {
    const { runtime } = this;
    if (steps > this.feedTableRows) {
      runtime.heap.release(this.feedTableAddress);
      this.feedTableAddress = this.feedTableRows = 0;
      this.feedTableAddress = runtime.heap.allocate(4 * steps * this.feedCount, 'the feeds of a program');
      this.feedTableRows = steps;
      runtime.uint32(this.address, ProgramField.end)[ProgramField.feedSourcePointer] = this.feedTableAddress;
    }
    runtime.float32(this.feedTableAddress, feeds.length).set(feeds);
  }
}
