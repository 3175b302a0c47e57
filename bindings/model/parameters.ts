// The lasting memory of a model: parameters, gradients and optimiser states, each one flat vector with a 16-byte aligned
// segment for every parameter.

import { RunStateField } from '../../assembly/opcodes.js';
import { compileGraph } from '../graph/compile.js';
import { writeRandomState } from '../graph/runGraph.js';
import { Graph } from '../graph/graph.js';
import type { Placement } from '../graph/op.js';
import { ARENA } from '../graph/plan.js';
import { Program } from '../graph/program.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import { opRules } from '../ops/index.js';
import { int8KernelBytes, packInt8Kernel } from '../ops/int8.js';
import { alignUp } from '../runtime/memory.js';
import type { Runtime } from '../runtime/runtime.js';
import type { NamedParameter } from './network.js';

export const PARAMETERS = 'parameters';
export const GRADIENTS = 'gradients';
export const optimizerStateRegion = (name: string): string => `optimizer:${name}`;

/** Streams of initialisers start here, far from those of layers that draw in training. */
const FIRST_INITIALIZER_STREAM = 1 << 20;

/** A parameter and its place in the flat vectors. */
export interface ParameterSegment extends NamedParameter {
  /** First element in the flat vector. */
  offset: number;
  size: number;
}

/** A kernel that is held as int8, and its place behind the float32 parameters. */
export interface Int8Segment {
  shape: Shape;
  placement: Placement;
  bytes: number;
}

/** Batches trained on. */
export interface TrainingCounters {
  /** Since the model was made: the step coordinate of every random draw. */
  step: number;
  /** By the optimiser of now. */
  optimizerStep: number;
}

const isTrainable = ({ trainable = true }: NamedParameter): boolean => trainable;

/**
 * Where each parameter lies in the flat vectors, known before anything is allocated. Those that are trained come first, so
 * that gradients and optimiser states are vectors over the front of the parameters.
 */
export class ParameterLayout {
  /** All parameters, those that are trained first. */
  readonly segments: readonly ParameterSegment[];
  readonly trainable: readonly ParameterSegment[];
  /** Float32 elements of the flat vector of parameters, padding and int8 kernels included. */
  readonly length: number;
  /** Elements of the part that is trained, and of the vectors of gradients and states. */
  readonly trainableLength: number;
  /** Kernels that are held as int8, by path; they are not among the segments. */
  readonly int8: ReadonlyMap<string, Int8Segment>;

  constructor(all: readonly NamedParameter[], int8Paths: ReadonlySet<string> = new Set()) {
    const parameters = all.filter(({ path }) => !int8Paths.has(path));
    let length = 0;
    const place = (parameter: NamedParameter): ParameterSegment => {
      const segment = { ...parameter, offset: length, size: sizeOf(parameter.shape) };
      length += Math.ceil(segment.size / 4) * 4;
      return segment;
    };
    this.trainable = parameters.filter(isTrainable).map(place);
    this.trainableLength = length;
    this.segments = [...this.trainable, ...parameters.filter((parameter) => !isTrainable(parameter)).map(place)];
    const placeInt8 = ({ path, shape }: NamedParameter): [string, Int8Segment] => {
      const bytes = int8KernelBytes(shape);
      const placement = { region: PARAMETERS, byteOffset: 4 * length };
      length += alignUp(bytes, 16) / 4;
      return [path, { shape, placement, bytes }];
    };
    this.int8 = new Map(all.filter(({ path }) => int8Paths.has(path)).map(placeInt8));
    this.length = length;
  }

  /** Elements of a region. */
  lengthOf(region: string): number {
    return region === PARAMETERS ? this.length : this.trainableLength;
  }

  placement(region: string, path: string): Placement {
    return { region, byteOffset: 4 * this.segment(path).offset };
  }

  segment(path: string): ParameterSegment {
    return this.segments.find((segment) => segment.path === path)!;
  }
}

/** A layout with its memory. */
export class ParameterStore extends ParameterLayout {
  /** Address of each region, by name. */
  readonly regions: Record<string, number> = {};
  /** RunState of training: its step counts updates. Evaluation has its own, so that it draws nothing from training. */
  readonly trainingState: number;
  readonly inferenceState: number;
  /** Updates made before the optimiser of now: it counts its own from 0. */
  private stepsBefore = 0;

  constructor(
    private readonly runtime: Runtime,
    parameters: readonly NamedParameter[],
    readonly seed: number,
    /** False: the parameters stay zeros, for values that are to be loaded. */
    isInitialized = true,
    int8Paths?: ReadonlySet<string>,
  ) {
    super(parameters, int8Paths);
    const { heap } = runtime;
    try {
      this.regions[PARAMETERS] = heap.allocate(4 * this.length, "the model's parameters");
      this.trainingState = heap.allocate(4 * RunStateField.end, 'the state of a model');
      this.inferenceState = heap.allocate(4 * RunStateField.end, 'the state of a model');
      writeRandomState(runtime, this.trainingState, { seed });
      writeRandomState(runtime, this.inferenceState, { seed });
      if (isInitialized) this.initialize();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Gradients and states, zeroed: a new `compile` forgets those of the last one. */
  allocateOptimizer(states: readonly string[]): void {
    const { heap } = this.runtime;
    for (const region of Object.keys(this.regions)) {
      if (region === PARAMETERS) continue;
      heap.release(this.regions[region]!);
      delete this.regions[region];
    }
    this.stepsBefore = this.step;
    for (const region of [GRADIENTS, ...states.map(optimizerStateRegion)]) {
      this.regions[region] = heap.allocate(4 * this.trainableLength, `the model's ${region}`);
    }
  }

  /** Updates made so far. */
  get step(): number {
    return this.runtime.uint32(this.trainingState, RunStateField.end)[RunStateField.step]!;
  }

  /** Updates made by the optimiser of now: the time of schedules and of Adam's corrections. */
  get optimizerStep(): number {
    return this.step - this.stepsBefore;
  }

  /** What training counts: its random draws and schedules depend on nothing else that changes. */
  get counters(): TrainingCounters {
    return { step: this.step, optimizerStep: this.optimizerStep };
  }

  set counters({ step, optimizerStep }: TrainingCounters) {
    this.runtime.uint32(this.trainingState, RunStateField.end)[RunStateField.step] = step;
    this.stepsBefore = step - optimizerStep;
  }

  /** Copies all that training changes; the function that is returned puts it back. */
  snapshot(): () => void {
    const words = (region: string) => this.flat(region);
    const state = () => this.runtime.uint32(this.trainingState, RunStateField.end);
    const saved = Object.keys(this.regions).map((region) => [region, words(region).slice()] as const);
    const savedState = state().slice();
    return () => {
      for (const [region, values] of saved) words(region).set(values);
      state().set(savedState);
    };
  }

  /** A zero-copy view of a whole region. It dies when memory grows. */
  flat(region: string): Float32Array {
    return this.runtime.float32(this.regions[region]!, this.lengthOf(region));
  }

  /** A zero-copy view of each parameter's segment in a region, by path. It dies when memory grows. */
  views(region: string): Record<string, Float32Array> {
    const base = this.regions[region]!;
    const segments = region === PARAMETERS ? this.segments : this.trainable;
    return Object.fromEntries(
      segments.map(({ path, offset, size }) => [path, this.runtime.float32(base + 4 * offset, size)]),
    );
  }

  /** Fills an int8 kernel. */
  writeInt8(path: string, values: Int8Array, scales: Float32Array): void {
    const { shape, placement, bytes } = this.int8.get(path)!;
    packInt8Kernel(values, shape, scales, this.runtime.uint8(this.regions[PARAMETERS]! + placement.byteOffset, bytes));
  }

  dispose(): void {
    const addresses = [...Object.values(this.regions), this.trainingState, this.inferenceState];
    for (const address of addresses) this.runtime.heap.release(address);
  }

  /** Runs all initialisers as one program that writes straight into the flat vector. */
  private initialize(): void {
    if (this.segments.length === 0) return;
    const graph = new Graph(opRules, FIRST_INITIALIZER_STREAM);
    for (const { path, shape, initializer } of this.segments) {
      graph.output(
        graph.withScope(path, () => initializer.create(graph, shape)),
        this.placement(PARAMETERS, path),
      );
    }
    const compiled = compileGraph(graph);
    const arena = this.runtime.heap.allocate(compiled.plan.arenaBytes, 'the initialisers');
    const regions = { ...this.regions, [ARENA]: arena };
    try {
      const program = new Program(this.runtime, compiled, { regions, stateAddress: this.inferenceState });
      program.run();
      program.dispose();
    } finally {
      this.runtime.heap.release(arena);
    }
    writeRandomState(this.runtime, this.inferenceState, { seed: this.seed });
  }
}
