// convnetjs 0.3.0: plain JavaScript on Float64Array, one sample at a time.
//
// Layers and gradients are its own. Its Trainer has no Adam, so the update is a loop of ours over its parameters and gradients,
// where the Trainer has such a loop.

import { applyLayer, layerFacts, type ActivationName, type LayerTable } from '../net.js';
import {
  Unsupported,
  VALIDATION_STEPS,
  type InferenceCase,
  type NetCase,
  type RunnableCase,
  type Subject,
  type TrainingCase,
  type TrainingOutputs,
} from '../subject.js';

/** Values w and their gradient dw: width, height, channels; channels lie together, then columns. */
interface Volume {
  w: Float64Array;
  dw: Float64Array;
}

interface Layer {
  forward(x: Volume, isTraining: boolean): Volume;
  /** The last layer of a net is given the label, and returns the loss. */
  backward(label: number): number | void;
  getParamsAndGrads(): ParameterList;
}

type ParameterList = { params: Float64Array; grads: Float64Array }[];

interface Net {
  layers: Layer[];
  makeLayers(definitions: object[]): void;
  forward(x: Volume, isTraining: boolean): Volume;
  backward(label: number): number;
  getParamsAndGrads(): ParameterList;
}

/** What is used of convnetjs. Declared here so that the bench compiles without it. */
interface Convnet {
  Vol: new (width: number, height: number, depth: number, fill: number) => Volume;
  Net: new () => Net;
  SoftmaxLayer: new (options: { in_sx: number; in_sy: number; in_depth: number }) => Layer;
}

export async function loadConvnet(): Promise<Subject[]> {
  const name = 'convnetjs';
  const { default: convnet } = (await import(name)) as { default: Convnet };
  return [
    {
      name: 'convnetjs',
      trainingStep: (given) => makeTrainingStep(convnet, given),
      inference: (given) => makeInference(convnet, given),
    },
  ];
}

const cannot = (what: string) => (): never => {
  throw new Unsupported(`cannot: convnetjs has no ${what}`);
};

const activate = (name: ActivationName | undefined): object[] => (name ? [{ type: name }] : []);

/** Its definitions of a layer. */
const LAYERS: LayerTable<[], object[]> = {
  conv2d({ filters, size, padding, activation }) {
    if (padding === 'same' && size % 2 === 0) throw new Unsupported('cannot: convnetjs pads both sides alike');
    return [{ type: 'conv', sx: size, filters, pad: padding === 'same' ? (size - 1) / 2 : 0 }, ...activate(activation)];
  },
  maxPooling2d: ({ size }) => [{ type: 'pool', sx: size, stride: size }],
  flatten: () => [],
  activation: ({ name }) => activate(name),
  // It does not scale what it keeps, in training.
  dropout: ({ rate }) => [{ type: 'dropout', drop_prob: rate }],
  dense({ units, useBias = true, activation }) {
    if (!useBias) throw new Unsupported('cannot: convnetjs has no layer without bias');
    return [{ type: 'fc', num_neurons: units }, ...activate(activation)];
  },
  batchNormalization: cannot('batch normalization'),
  layerNormalization: cannot('layer normalization'),
  lstm: cannot('recurrent layers'),
  selfAttention: cannot('attention'),
  residual: cannot('residual connections'),
  averageOverTime: cannot('pooling over time'),
};

/** A net up to its logits. */
function makeNet({ Net }: Convnet, { layers, inputShape, weights }: NetCase): Net {
  const net = new Net();
  const definitions = layers.flatMap((spec) => applyLayer(LAYERS, spec));
  const [height, width, depth] = inputShape.length === 3 ? inputShape : [1, 1, inputShape[0]];
  net.makeLayers([{ type: 'input', out_sx: width, out_sy: height, out_depth: depth }, ...definitions]);
  eachTensor(net, weights, (own, tensor, columns, column) => {
    for (let i = 0; i < own.length; i++) own[i] = tensor[i * columns + column]!;
  });
  return net;
}

/** Its arrays, with the tensor that each is a column of: a kernel has one array a unit or filter, a bias one for all. */
function eachTensor(
  net: Net,
  tensors: readonly Float32Array[],
  visit: (own: Float64Array, tensor: Float32Array, columns: number, column: number) => void,
): void {
  const arrays = net.getParamsAndGrads().map(({ params }) => params);
  let next = 0;
  for (let i = 0; i < tensors.length; i += 2) {
    const columns = tensors[i + 1]!.length;
    for (let column = 0; column < columns; column++) visit(arrays[next++]!, tensors[i]!, columns, column);
    visit(arrays[next++]!, tensors[i + 1]!, 1, 0);
  }
}

function volumesOf({ Vol }: Convnet, { batch, inputShape, x }: NetCase): Volume[] {
  const [height, width, depth] =
    inputShape.length === 3 ? (inputShape as [number, number, number]) : [1, 1, inputShape[0]!];
  const size = height * width * depth;
  return Array.from({ length: batch }, (_, sample) => {
    const volume = new Vol(width, height, depth, 0);
    volume.w.set(x.subarray(sample * size, (sample + 1) * size));
    return volume;
  });
}

/** Cross-entropy of a sigmoid: convnetjs has none, but takes any object that does what its layers do. */
function sigmoidLoss(): Layer {
  let logits: Volume;
  return {
    forward: (x) => (logits = x),
    backward(label) {
      const z = logits.w[0]!;
      logits.dw[0] = 1 / (1 + Math.exp(-z)) - label;
      return Math.max(z, 0) - z * label + Math.log1p(Math.exp(-Math.abs(z)));
    },
    getParamsAndGrads: () => [],
  };
}

function lossLayer({ SoftmaxLayer }: Convnet, { loss, layers, inputShape }: TrainingCase): Layer {
  if (loss === 'sigmoid') return sigmoidLoss();
  if (loss !== 'softmax') throw new Unsupported('this bench has no such loss for convnetjs');
  const outputs = layers.reduce((shape, spec) => layerFacts(spec, shape).output, inputShape);
  return new SoftmaxLayer({ in_sx: 1, in_sy: 1, in_depth: outputs[0]! });
}

function makeTrainingStep(convnet: Convnet, given: TrainingCase): RunnableCase<TrainingOutputs> {
  const net = makeNet(convnet, given);
  net.layers.push(lossLayer(convnet, given));
  const samples = volumesOf(convnet, given);
  const update = makeAdam(net, given);
  const step = (): number => {
    let loss = 0;
    for (let i = 0; i < samples.length; i++) {
      net.forward(samples[i]!, true);
      loss += net.backward(given.labels[i]!);
    }
    update();
    return loss / samples.length;
  };
  return {
    outputs() {
      const losses = Array.from({ length: VALIDATION_STEPS }, step);
      const weights = given.weights.map(({ length }) => new Float32Array(length));
      eachTensor(net, weights, (own, tensor, columns, column) => {
        for (let i = 0; i < own.length; i++) tensor[i * columns + column] = own[i]!;
      });
      return { losses, weights };
    },
    run(count) {
      for (let i = 0; i < count; i++) step();
    },
    dispose() {},
  };
}

/** Adam by the gradients that a batch has added up, which it clears. */
function makeAdam(net: Net, { adam, batch }: TrainingCase): () => void {
  const { learningRate, beta1, beta2, epsilon } = adam;
  const tensors = net.getParamsAndGrads().map(({ params, grads }) => ({
    params,
    grads,
    m: new Float64Array(params.length),
    v: new Float64Array(params.length),
  }));
  let [power1, power2] = [1, 1];
  return () => {
    power1 *= beta1;
    power2 *= beta2;
    const rate = learningRate / (1 - power1);
    const correction = 1 / (1 - power2);
    for (const { params, grads, m, v } of tensors) {
      for (let i = 0; i < params.length; i++) {
        const gradient = grads[i]! / batch;
        m[i] = beta1 * m[i]! + (1 - beta1) * gradient;
        v[i] = beta2 * v[i]! + (1 - beta2) * gradient * gradient;
        params[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]! * correction) + epsilon);
        grads[i] = 0;
      }
    }
  };
}

function makeInference(convnet: Convnet, given: InferenceCase): RunnableCase<Float32Array> {
  const net = makeNet(convnet, given);
  const [sample] = volumesOf(convnet, given) as [Volume];
  const predict = () => {
    sample.w.set(given.x);
    return Float32Array.from(net.forward(sample, false).w);
  };
  return {
    outputs: predict,
    run(count) {
      for (let i = 0; i < count; i++) predict();
    },
    dispose() {},
  };
}
