// Folding a scale per channel into the linear layer that makes the channels.

import type { OpAttributes } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';

/** A kernel whose last axis makes the channels of the product, scaled; undefined for products that have none. */
function scaleProduct(product: Tensor, scale: Tensor): Tensor | undefined {
  const [x, kernel] = product.inputs as [Tensor, Tensor];
  // Its values can't be scaled here: what follows the product is.
  if (product.inputs[1]?.dtype === 'int8') return undefined;
  if (product.op === 'matmul' && kernel.rank === 2) {
    const { transposeB } = product.attributes as OpAttributes['matmul'];
    const scaled = kernel.mul(transposeB ? scale.reshape([scale.size, 1]) : scale);
    return product.graph.emit('matmul', [x, scaled], product.attributes as OpAttributes['matmul']);
  }
  if (product.op === 'conv2d') {
    return product.graph.emit('conv2d', [x, kernel.mul(scale)], product.attributes as OpAttributes['conv2d']);
  }
  if (product.op === 'conv2dInputGradient' && kernel.shape[2] === scale.size) {
    const scaled = kernel.mul(scale.reshape([scale.size, 1]));
    return product.graph.emit(
      'conv2dInputGradient',
      [x, scaled],
      product.attributes as OpAttributes['conv2dInputGradient'],
    );
  }
  return undefined;
}

/**
 * scale x, one factor for each channel (the last axis). If x is a product with a kernel, or such a product with a bias,
 * the kernel and bias are scaled instead, so that nothing is left to do for each sample; what x was is then not computed.
 */
export function scaleChannels(x: Tensor, scale: Tensor): Tensor {
  return fold(x, scale) ?? x.mul(scale);
}

function fold(x: Tensor, scale: Tensor): Tensor | undefined {
  if (x.op === 'add') {
    const [product, bias] = x.inputs as [Tensor, Tensor];
    const isBias = bias.size === scale.size && bias.shape.at(-1) === scale.size;
    const scaled = isBias ? fold(product, scale) : undefined;
    return scaled?.add(bias.mul(scale));
  }
  if (x.op === 'reshape' && x.shape.at(-1) === x.inputs[0]!.shape.at(-1)) {
    return fold(x.inputs[0]!, scale)?.reshape(x.shape);
  }
  return scaleProduct(x, scale);
}
