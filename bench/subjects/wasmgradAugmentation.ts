// The augmentation of a batch without the rest of a step: the part of the program that `fit` makes.

import {
  randomElasticTransform,
  randomGaussianNoise,
  randomRotation,
  randomTranslation,
  randomZoom,
} from '../../bindings/index.js';
import { RunStateField } from '../../assembly/opcodes.js';
import { augmentBatch } from '../../bindings/data/augmentation/augmentBatch.js';
import { compileGraph } from '../../bindings/graph/compile.js';
import { Graph } from '../../bindings/graph/graph.js';
import { ARENA } from '../../bindings/graph/plan.js';
import { Program } from '../../bindings/graph/program.js';
import { opRules } from '../../bindings/ops/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';
import type { AugmentationCase, RunnableCase } from '../subject.js';

export function makeAugmentation(given: AugmentationCase): RunnableCase<Float32Array> {
  const { batch, side, degrees, shift, zoom, elasticAlpha, noise } = given;
  const augmentations = [
    randomRotation({ degrees: [degrees, degrees] }),
    randomTranslation({ height: [shift, shift], width: [shift, shift] }),
    randomZoom({ factor: [zoom, zoom] }),
    ...(elasticAlpha === undefined ? [] : [randomElasticTransform({ alpha: elasticAlpha })]),
    ...(noise === undefined ? [] : [randomGaussianNoise({ stddev: noise })]),
  ];
  const runtime = getRuntime();
  const { heap } = runtime;
  const graph = new Graph(opRules);
  const leaf = (region: string, shape: number[], dtype: 'float32' | 'int32') =>
    graph.leaf(shape, dtype, { region, byteOffset: 0 });
  const identity = { numbers: leaf('numbers', [batch], 'int32'), epoch: leaf('epoch', [], 'int32') };
  const result = augmentBatch('bench', leaf('x', [batch, side, side, 1], 'float32'), augmentations, identity);
  graph.output(result, { region: 'result', byteOffset: 0 });
  const compiled = compileGraph(graph);
  const { length } = given.images;
  const stateAddress = heap.allocate(4 * RunStateField.end, 'the state of a benchmark');
  const regions = {
    x: heap.allocate(4 * length, 'the images'),
    numbers: heap.allocate(4 * batch, 'their numbers'),
    epoch: heap.allocate(4, 'the epoch'),
    result: heap.allocate(4 * length, 'the result'),
    [ARENA]: heap.allocate(compiled.plan.arenaBytes, 'the intermediates'),
  };
  runtime.float32(regions.x, length).set(given.images);
  runtime.int32(regions.numbers, batch).forEach((_, i, numbers) => (numbers[i] = i));
  runtime.int32(regions.epoch, 1)[0] = 0;
  const program = new Program(runtime, compiled, { regions, stateAddress });
  return {
    outputs() {
      program.run();
      return runtime.float32(regions.result, length).slice();
    },
    run: (count) => void program.run([], count),
    dispose() {
      program.dispose();
      for (const address of [stateAddress, ...Object.values(regions)]) heap.release(address);
    },
  };
}
