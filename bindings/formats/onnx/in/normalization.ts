// Normalisation.

import { batchNormalization } from '../../../layers/batchNormalization.js';
import { groupNormalization } from '../../../layers/groupNormalization.js';
import { layerNormalization } from '../../../layers/layerNormalization.js';
import { channelsFirst } from '../axes.js';
import type { NodeReader, Operator } from './reader.js';
import { dimsOf, type Entry } from './values.js';

function batch(n: NodeReader): Entry {
  const x = n.channelsLast(n.activation(0));
  const channels = [x.shape.at(-1)!];
  if (n.int('training_mode', 0) !== 0) n.fail("attribute 'training_mode' of 0", '1: export the model for inference');
  const read = (index: number, what: string) => n.weights(index, channels, what).values;
  const movingVariance = read(4, 'a variance');
  if (movingVariance.some((value) => value < 0)) n.fail('variances that are not negative', 'a negative one');
  const weights = { gamma: read(1, 'a scale'), beta: read(2, 'a bias'), movingMean: read(3, 'a mean'), movingVariance };
  const { trainable } = n;
  const options = { trainable, epsilon: n.float('epsilon', 1e-5), momentum: n.float('momentum', 0.9) };
  const result = n.layer((name) => batchNormalization({ ...options, name }), [x], weights);
  return n.result(result, channelsFirst(x.shape.length + 1));
}

function layer(n: NodeReader): Entry {
  const { tensor, order } = n.plain(n.activation(0));
  const rank = order.length;
  const first = n.axis(n.int('axis', -1), rank);
  if (order[0] !== 0 || first === 0) n.fail('the batch in front, and not normalised', `axis ${first}`);
  const axis = Array.from({ length: rank - first }, (_, i) => first + i);
  const sides = tensor.shape.slice(first - 1);
  const gamma = n.weights(1, sides, 'a scale').values;
  const beta = n.has(2) ? n.weights(2, sides, 'a bias').values : undefined;
  const { trainable } = n;
  const options = { axis, trainable, center: beta !== undefined, epsilon: n.float('epsilon', 1e-5) };
  return n.result(
    n.layer((name) => layerNormalization({ ...options, name }), [tensor], { gamma, ...(beta && { beta }) }),
    order,
  );
}

/** A group for each channel. */
function instance(n: NodeReader): Entry {
  const given = n.activation(0);
  const x = n.channelsLast(given);
  const groups = dimsOf(given)[1]!;
  const weights = { gamma: n.weights(1, [groups], 'a scale').values, beta: n.weights(2, [groups], 'a bias').values };
  const { trainable } = n;
  const options = { groups, trainable, epsilon: n.float('epsilon', 1e-5) };
  const result = n.layer((name) => groupNormalization({ ...options, name }), [x], weights);
  return n.result(result, channelsFirst(x.shape.length + 1));
}

export const normalization: Readonly<Record<string, Operator>> = {
  BatchNormalization: { attributes: ['epsilon', 'momentum', 'training_mode'], read: batch },
  LayerNormalization: { attributes: ['axis', 'epsilon', 'stash_type'], read: layer },
  InstanceNormalization: { attributes: ['epsilon'], read: instance },
};
