// Initialisers that make matrices of a kind.

import { sizeOf, type Shape } from '../graph/shape.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { Initializer } from './initializer.js';

/** A kernel [..., in, out] as a matrix [product of the leading axes, out]. */
function matrixShape(where: string, shape: Shape): [number, number] {
  if (shape.length >= 2) return [sizeOf(shape.slice(0, -1)), shape.at(-1)!];
  throw new ShapeError(`${where}: expected a kernel of at least 2 axes, got a vector of ${sizeOf(shape)}.`);
}

/**
 * A random orthogonal matrix times `gain`: the Q of a QR decomposition of normal values, its signs such that R has a positive
 * diagonal, which makes it uniform over all orthogonal matrices. Rows or columns, whichever are fewer, are orthonormal.
 * Keeps the length of signals in deep and recurrent nets. Saxe, McClelland & Ganguli 2014; Mezzadri 2007.
 *
 * @throws ShapeError for a vector.
 * @example lstm(64, { recurrentInitializer: orthogonal() })
 */
export function orthogonal(options: { gain?: number } = {}): Initializer {
  checkOptions('orthogonal', options, ['gain']);
  const { gain = 1 } = options;
  checkNumber('orthogonal', 'gain', gain);
  return {
    name: 'orthogonal',
    config: { gain },
    create(graph, shape) {
      const [rows, columns] = matrixShape('orthogonal', shape);
      const vectors = [Math.min(rows, columns), Math.max(rows, columns)];
      const basis = graph.emit('orthonormalRows', [graph.randomNormal(vectors)], {});
      return (rows > columns ? basis.transpose() : basis).reshape(shape).mul(gain);
    },
  };
}

/**
 * The identity matrix times `gain`, with zeros where the kernel is not square: for recurrent kernels and residual branches.
 * Le, Jaitly & Hinton 2015.
 *
 * @throws ShapeError for anything but a matrix.
 * @example simpleRNN(64, { activation: 'relu', recurrentInitializer: identity() })
 */
export function identity(options: { gain?: number } = {}): Initializer {
  checkOptions('identity', options, ['gain']);
  const { gain = 1 } = options;
  checkNumber('identity', 'gain', gain);
  return {
    name: 'identity',
    config: { gain },
    create(graph, shape) {
      if (shape.length !== 2) throw new ShapeError(`identity: expected a matrix, got ${shape.length} axes.`);
      const [rows, columns] = shape;
      return graph
        .iota([rows!, 1])
        .equal(graph.iota([1, columns!]))
        .mul(gain);
    },
  };
}
