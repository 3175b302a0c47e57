// One step of TensorFlow.js on its wasm backend, from a bundle of its ES modules without the CPU backend.

import * as tf from '../node_modules/.cache/tfjs.wasm.node.mjs';
import { answer, given } from './xor.mjs';

tf.setWasmPaths(`${import.meta.dirname}/../node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
tf.setThreadsCount(1);
tf.enableProdMode();
await tf.setBackend('wasm');

const { adam, labels, weights, x } = given;
const shapes = [[2, 8], [8], [8, 1], [1]]; // prettier-ignore
const variables = weights.map((values, i) => tf.variable(tf.tensor(values, shapes[i])));
const [kernel, bias, outputKernel, outputBias] = variables;
const [input, target] = [tf.tensor(x, [4, 2]), tf.tensor(labels, [4, 1])];
const optimizer = tf.train.adam(adam.learningRate, adam.beta1, adam.beta2, adam.epsilon);
const loss = optimizer.minimize(
  () => {
    const hidden = tf.tanh(tf.fused.matMul({ a: input, b: kernel, bias }));
    const logits = tf.fused.matMul({ a: hidden, b: outputKernel, bias: outputBias });
    return tf.losses.sigmoidCrossEntropy(target, logits);
  },
  true,
  variables,
);

await answer(loss.dataSync()[0], () => variables.map((variable) => variable.dataSync()));
