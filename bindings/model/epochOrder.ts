// Which sample of a data set stands where in an epoch: the order in linear memory, and the number of the epoch that it is drawn by.

import { compileGraph } from '../graph/compile.js';
import { Graph } from '../graph/graph.js';
import { Program } from '../graph/program.js';
import { opRules } from '../ops/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { ParameterStore } from './parameters.js';
import type { Session } from './session.js';
import { EPOCH, ORDER } from './step.js';

/** Random stream of the shuffles; permutations draw from a domain of their own. */
export const SHUFFLE_STREAM = 0;

/** The whole numbers from `first` on. */
export const countUp = (count: number, first = 0): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => first + i);

export class EpochOrder {
  /** Programs that shuffle, by the address of the order. */
  private readonly programs = new Map<number, Program>();

  constructor(
    private readonly runtime: Runtime,
    private readonly store: ParameterStore,
    private readonly session: Session,
  ) {}

  /** From now on it is this epoch. */
  begin(epoch: number): void {
    this.runtime.uint32(this.session.epochAddress, 1)[0] = epoch;
  }

  /** Writes 0 .. count - 1 to a block of so many int32, in the random order of the epoch or as they are, and returns a view. */
  write(block: string, count: number, isShuffled: boolean): Int32Array {
    const address = this.session.block(block, 4 * count);
    const order = this.runtime.int32(address, count);
    if (isShuffled) this.programAt(address, count).run();
    else order.set(countUp(count));
    return order;
  }

  dispose(): void {
    for (const program of this.programs.values()) program.dispose();
  }

  private programAt(address: number, count: number): Program {
    let program = this.programs.get(address);
    if (!program) this.programs.set(address, (program = this.makeProgram(address, count)));
    return program;
  }

  private makeProgram(address: number, count: number): Program {
    const graph = new Graph(opRules);
    const order = graph.leaf([count], 'int32', { region: ORDER, byteOffset: 0 });
    const epoch = graph.leaf([], 'int32', { region: EPOCH, byteOffset: 0 });
    graph.emit('permutation', [order, epoch], { stream: SHUFFLE_STREAM });
    const regions = { [ORDER]: address, [EPOCH]: this.session.epochAddress };
    return new Program(this.runtime, compileGraph(graph), { regions, stateAddress: this.store.inferenceState });
  }
}
