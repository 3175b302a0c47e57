// Drives an optimiser on flat vectors, update by update, without a model.

import { RunStateField } from '../../assembly/opcodes.js';
import { compileGraph } from '../../bindings/graph/compile.js';
import { Graph } from '../../bindings/graph/graph.js';
import { ARENA } from '../../bindings/graph/plan.js';
import { FEEDS, Program } from '../../bindings/graph/program.js';
import { opRules } from '../../bindings/ops/index.js';
import type { Optimizer, UpdateContext } from '../../bindings/optimizers/optimizer.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';

export class OptimizerRun {
  private readonly runtime = getRuntime();
  private readonly regions: Record<string, number> = {};
  private readonly program: Program;
  private readonly length: number;
  private updates = 0;

  constructor(
    private readonly optimizer: Optimizer,
    initial: ArrayLike<number>,
    isFinal = false,
  ) {
    this.length = initial.length;
    const graph = new Graph(opRules);
    const vector = (region: string) => {
      this.regions[region] = this.runtime.heap.allocate(4 * this.length, region);
      return graph.leaf([this.length], 'float32', { region, byteOffset: 0 });
    };
    const feedCount = optimizer.hyper(1, 0).length;
    const context: UpdateContext = {
      weights: vector('weights'),
      gradients: vector('gradients'),
      hyper: graph.leaf([feedCount], 'float32', { region: FEEDS, byteOffset: 0 }),
      gradientScale: graph.constant(1),
      states: optimizer.states.map((name) => vector(name)),
      isFinal,
    };
    optimizer.update(context);
    optimizer.finish?.(context);
    const stateAddress = this.runtime.heap.allocate(4 * RunStateField.end, 'state');
    const compiled = compileGraph(graph);
    this.regions[ARENA] = this.runtime.heap.allocate(compiled.plan.arenaBytes, ARENA);
    this.program = new Program(this.runtime, compiled, { regions: this.regions, stateAddress, feedCount });
    this.regions.runState = stateAddress;
    this.view('weights').set(initial);
  }

  get instructionCount(): number {
    return this.program.instructions.length;
  }

  /** The weights, the gradients, or a state by its name. */
  view(name: string): Float32Array {
    return this.runtime.float32(this.regions[name]!, this.length);
  }

  /** One update with these gradients. Returns a copy of the weights after it. */
  update(gradients: ArrayLike<number>): Float32Array {
    const { learningRate } = this.optimizer;
    const rate = typeof learningRate === 'number' ? learningRate : learningRate(this.updates);
    this.view('gradients').set(gradients);
    this.program.run(this.optimizer.hyper(++this.updates, rate));
    return this.view('weights').slice();
  }

  dispose(): void {
    this.program.dispose();
    for (const address of Object.values(this.regions)) this.runtime.heap.release(address);
  }
}
