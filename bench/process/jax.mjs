// One step of jax-js on its wasm backend. Not under jit, which takes as long for one step.

import { defaultDevice, init, nn, numpy, valueAndGrad } from '@jax-js/jax';
import { answer, given } from './xor.mjs';

await init('wasm');
defaultDevice('wasm');

const { adam, labels, weights, x } = given;
const array = (values, shape) => numpy.array(Float32Array.from(values)).reshape(shape);
const shapes = [[2, 8], [8], [8, 1], [1]]; // prettier-ignore
const parameters = weights.map((values, i) => array(values, shapes[i]));

const lossOf = ([kernel, bias, outputKernel, outputBias], input, target) => {
  const hidden = numpy.tanh(numpy.matmul(input, kernel).add(bias));
  const z = numpy.matmul(hidden, outputKernel).add(outputBias);
  // softplus(z) - z y
  return nn.softplus(z.ref).sub(z.mul(target)).mean();
};
const [loss, gradients] = valueAndGrad(lossOf)(
  parameters.map((parameter) => parameter.ref),
  array(x, [4, 2]),
  array(labels, [4, 1]),
);
/** One step of Adam from moments of 0; t is 1. */
const moved = parameters.map((parameter, i) => {
  const m = gradients[i].ref.mul(1 - adam.beta1);
  const v = gradients[i].ref.mul(gradients[i]).mul(1 - adam.beta2);
  const deviation = numpy.sqrt(v.div(1 - adam.beta2)).add(adam.epsilon);
  return parameter.sub(m.div(1 - adam.beta1).mul(adam.learningRate).div(deviation)); // prettier-ignore
});
await Promise.all(moved.map((parameter) => parameter.blockUntilReady()));

await answer(loss.dataSync()[0], () => moved.map((parameter) => parameter.dataSync()));
