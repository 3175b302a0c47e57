// What training would cost: memory before anything is allocated, and the program of a step with measured times.

import { printProgram } from '../graph/print.js';
import type { Program } from '../graph/program.js';
import { sizeOf } from '../graph/shape.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { CompiledOptions } from './compileOptions.js';
import type { Network } from './network.js';
import { GRADIENTS, optimizerStateRegion, ParameterLayout, PARAMETERS } from './parameters.js';
import { planStep, Session, sourceBytes } from './session.js';
import { inputRegion, labelRegion, traceStep, type BatchSource, type OutputObjective } from './step.js';
import type { TrainerParts } from './trainer.js';

export interface MemoryOptions {
  /** Samples a step; 32 by default. */
  batchSize?: number;
  /** Samples that stay in linear memory, as float32; the batch alone by default. */
  samples?: number;
}

/** Bytes of linear memory that training needs. */
export interface MemoryReport {
  parameters: number;
  gradients: number;
  optimizerStates: number;
  /** Activations and other intermediates of a training step, after planning. */
  activations: number;
  data: number;
  total: number;
}

export interface ExplainOptions {
  /** Samples a step; 32 by default. */
  batchSize?: number;
  /** Measure each instruction. */
  time?: boolean;
}

/** Warm-up before instructions are timed. */
const WARM_MILLISECONDS = 200;

/** A source of one batch for every input and output. */
function batchSource(
  network: Network,
  objectives: readonly OutputObjective[],
  samples: number | undefined,
): BatchSource {
  return {
    inputs: network.inputs.map(({ shape, dtype }, i) => ({ region: inputRegion(i), sampleShape: shape, dtype })),
    labels: network.outputs.map(({ shape }, i) =>
      objectives[i]!.loss.labels === 'classes'
        ? { region: labelRegion(i), sampleShape: shape.slice(0, -1), dtype: 'int32' }
        : { region: labelRegion(i), sampleShape: shape, dtype: 'float32' },
    ),
    isWeighted: false,
    samples,
    firstSample: 0,
    isShuffled: samples !== undefined,
    isNumbered: false,
  };
}

export function memoryReport(network: Network, compiled: CompiledOptions, options: MemoryOptions): MemoryReport {
  checkOptions('memory', options, ['batchSize', 'samples']);
  const batchSize = checkNumber('memory', 'batchSize', options.batchSize ?? 32, { minimum: 1, integer: true });
  const layout = new ParameterLayout(network.parameters);
  if (options.samples !== undefined) checkNumber('memory', 'samples', options.samples, { minimum: 1, integer: true });
  const objectives = compiled.objectives(network.outputNames);
  const source = batchSource(network, objectives, options.samples);
  const traced = traceStep(network, layout, objectives, source, batchSize, { training: compiled.training });
  const vectorBytes = 4 * layout.trainableLength;
  const report = {
    parameters: 4 * layout.length,
    gradients: vectorBytes,
    optimizerStates: vectorBytes * compiled.training.states.length,
    activations: planStep(traced, batchSize, source).compiled.plan.arenaBytes,
    data: sourceBytes(source, batchSize),
  };
  return { ...report, total: Object.values(report).reduce((sum, bytes) => sum + bytes, 0) };
}

/** Lists a training step; with `time`, runs its instructions on made-up data and puts everything back afterwards. */
export function explainStep(parts: TrainerParts, options: ExplainOptions): string {
  checkOptions('explain', options, ['batchSize', 'time']);
  const batchSize = checkNumber('explain', 'batchSize', options.batchSize ?? 32, { minimum: 1, integer: true });
  const { runtime, network, store, objectives, training } = parts;
  const source = batchSource(network, objectives, undefined);
  const traced = traceStep(network, store, objectives, source, batchSize, { training });
  const step = planStep(traced, batchSize, source, training.width);
  const session = new Session(runtime, store);
  const lasting = [PARAMETERS, GRADIENTS, ...training.states.map(optimizerStateRegion)];
  const saved = lasting.map((region) => runtime.float32(store.regions[region]!, store.lengthOf(region)).slice());
  try {
    const program = session.load(step, '', session.block('arena', step.compiled.plan.arenaBytes));
    if (!options.time) return printProgram(step.compiled, program.instructions);
    network.inputs.forEach(({ shape, dtype }, i) => {
      const count = batchSize * sizeOf(shape);
      if (dtype === 'float32') runtime.float32(session.block(inputRegion(i), 4 * count), count).fill(0.5);
    });
    program.setFeeds(training.rows(0, 1));
    return printProgram(step.compiled, program.instructions, timeInstructions(program));
  } finally {
    lasting.forEach((region, i) => runtime.float32(store.regions[region]!, store.lengthOf(region)).set(saved[i]!));
    session.dispose();
  }
}

/** Runs each instruction of a program often enough to time it; microseconds each. */
function timeInstructions(program: Program, milliseconds = 2): number[] {
  // The engine compiles a kernel anew once it has run for a while, in the background.
  const end = performance.now() + WARM_MILLISECONDS;
  while (performance.now() < end) program.instructions.forEach((instruction) => program.runShared(instruction));
  return program.instructions.map((instruction) => {
    program.runShared(instruction);
    const start = performance.now();
    let runs = 0;
    let elapsed = 0;
    for (; elapsed < milliseconds; elapsed = performance.now() - start) {
      program.runShared(instruction);
      runs++;
    }
    return (elapsed * 1000) / runs;
  });
}
