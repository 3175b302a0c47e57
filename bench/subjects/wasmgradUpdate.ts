// The update of wasmgrad's optimisers without the rest of a step: the part of the program that `fit` makes.

import { adamw, dense, ema, meanSquaredError, sequential } from '../../bindings/index.js';
import { compileGraph } from '../../bindings/graph/compile.js';
import { Graph } from '../../bindings/graph/graph.js';
import { ARENA } from '../../bindings/graph/plan.js';
import { Program } from '../../bindings/graph/program.js';
import { GRADIENTS, optimizerStateRegion, PARAMETERS } from '../../bindings/model/parameters.js';
import { traceUpdate } from '../../bindings/model/update.js';
import { opRules } from '../../bindings/ops/index.js';
import { UPDATE_GRADIENT_FACTORS, type RunnableCase, type UpdateCase, type UpdateOutputs } from '../subject.js';

export function makeUpdate(given: UpdateCase): RunnableCase<UpdateOutputs> {
  const { side, globalClipNorm, averageDecay } = given;
  const inner = adamw({ ...given.adam, globalClipNorm });
  const optimizer = averageDecay === undefined ? inner : ema(inner, { decay: averageDecay });
  const model = sequential([dense(side, { inputShape: [side], useBias: false })], { seed: 1 });
  model.compile({ optimizer, loss: meanSquaredError() });
  const { runtime, store, training } = model['parts']('bench');

  const graph = new Graph(opRules);
  traceUpdate(graph, store, training)();
  const compiled = compileGraph(graph);
  const arena = runtime.heap.allocate(compiled.plan.arenaBytes, 'the intermediates');
  const program = new Program(runtime, compiled, {
    regions: { ...store.regions, [ARENA]: arena },
    stateAddress: store.trainingState,
    feedCount: training.width,
  });
  const vector = (region: string) => runtime.float32(store.regions[region]!, side * side);
  vector(PARAMETERS).set(given.weights);
  vector(GRADIENTS).set(given.gradients);
  let step = 0;
  const run = (count: number): void => {
    program.run(training.rows(step, count), count);
    step += count;
  };
  return {
    outputs() {
      for (const factor of UPDATE_GRADIENT_FACTORS) {
        vector(GRADIENTS).set(given.gradients.map((gradient) => factor * gradient));
        run(1);
      }
      const average = averageDecay === undefined ? undefined : vector(optimizerStateRegion('average')).slice();
      return { weights: vector(PARAMETERS).slice(), ...(average && { average }) };
    },
    run,
    dispose() {
      program.dispose();
      runtime.heap.release(arena);
      model.dispose();
    },
  };
}
