// One step of convnetjs, whose loss is written out: it has no sigmoid cross-entropy, and no Adam (see subjects/convnet.ts).

import convnetjs from 'convnetjs';
import { answer, given } from './xor.mjs';

const { adam, labels, weights, x } = given;
const net = new convnetjs.Net();
net.makeLayers([
  { type: 'input', out_sx: 1, out_sy: 1, out_depth: 2 },
  { type: 'fc', num_neurons: 8, activation: 'tanh' },
  { type: 'fc', num_neurons: 1 },
]);
const tensors = net.getParamsAndGrads();
/** The kernel of a unit is an array of its own, and biases come after the kernels of their layer. */
const places = [
  ...Array.from({ length: 8 }, (_, unit) => ({ of: 0, at: (i) => i * 8 + unit })),
  { of: 1, at: (i) => i },
  { of: 2, at: (i) => i },
  { of: 3, at: (i) => i },
];
tensors.forEach(({ params }, p) => {
  for (let i = 0; i < params.length; i++) params[i] = weights[places[p].of][places[p].at(i)];
});

let loss = 0;
for (let sample = 0; sample < 4; sample++) {
  const input = new convnetjs.Vol([x[2 * sample], x[2 * sample + 1]]);
  const output = net.forward(input, true);
  const [z, label] = [output.w[0], labels[sample]];
  loss += (Math.max(z, 0) - z * label + Math.log1p(Math.exp(-Math.abs(z)))) / 4;
  output.dw[0] = 1 / (1 + Math.exp(-z)) - label;
  for (let layer = net.layers.length - 1; layer >= 0; layer--) net.layers[layer].backward();
}
for (const { params, grads } of tensors) {
  for (let i = 0; i < params.length; i++) {
    const gradient = grads[i] / 4;
    // Of the first step: the bias corrections cancel what the moments leave of the gradient.
    params[i] -= (adam.learningRate * gradient) / (Math.abs(gradient) + adam.epsilon);
    grads[i] = 0;
  }
}

await answer(loss, () => {
  const values = weights.map((tensor) => [...tensor]);
  tensors.forEach(({ params }, p) => params.forEach((value, i) => (values[places[p].of][places[p].at(i)] = value)));
  return values;
});
