// Where a position is told to layers that do not know it.

import { formatShape } from '../graph/shape.js';
import { ShapeError } from '../runtime/errors.js';
import { cos, exp, log, sin } from '../runtime/math.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { layer, type BuildContext, type Layer } from './layer.js';
import { resolveLayer, type LayerOptions, type TrainableOptions, type WeightOptions } from './options.js';

function sequenceShape({ inputShapes: [shape = []], where }: BuildContext): readonly [number, number] {
  const [length, width] = shape;
  if (shape.length === 2) return [length!, width!];
  throw new ShapeError(`${where}: expected sequences [length, width] a sample, got ${formatShape(shape)}.`);
}

/** Sinusoids are computed on the host, some seconds for so many. */
const MAXIMUM_SINUSOIDS = 2 ** 23;

/** The table [length, width] of sinusoids, row-major. */
export function sinusoids(where: string, length: number, width: number, base: number): number[] {
  if (length * width > MAXIMUM_SINUSOIDS) {
    throw new ShapeError(
      `${where}: expected at most ${MAXIMUM_SINUSOIDS} values a sample, got ${formatShape([length, width])}. Learn positions: positionEmbedding.`,
    );
  }
  return Array.from({ length: length * width }, (_, index) => {
    const [position, column] = [Math.floor(index / width), index % width];
    const angle = position * exp(-(2 * Math.floor(column / 2) * log(base)) / width);
    return column % 2 === 0 ? sin(angle) : cos(angle);
  });
}

/**
 * Adds sinusoids of the position: y[t, 2i] = x + sin(t / base^(2i/width)), y[t, 2i+1] = x + cos of the same. Nothing is
 * trained. Vaswani et al. 2017, section 3.5.
 *
 * Shapes: x and y [batch, length, width].
 *
 * @param options `base`: 10000 by default.
 * @throws ShapeError for samples of more than 2^23 values.
 * @example sequential([embedding(1000, 64), positionalEncoding(), multiHeadAttention(4)])
 */
export function positionalEncoding(options: LayerOptions & { base?: number } = {}): Layer {
  const where = options.name ?? 'positionalEncoding';
  checkOptions(where, options, ['name', 'inputShape', 'base']);
  const { base = 10_000, ...rest } = options;
  checkNumber(where, 'base', base, { above: 1 });
  return layer({
    kind: 'positionalEncoding',
    ...rest,
    config: { base },
    passesMask: true,
    build: sequenceShape,
    call([x], { graph }) {
      const [, length, width] = x!.shape;
      return x!.add(graph.table(sinusoids(where, length!, width!, base)).reshape([length!, width!]));
    },
  });
}

export interface PositionEmbeddingOptions extends TrainableOptions, WeightOptions<'embeddings'> {}

/**
 * Adds a learned vector for each position: y[t] = x[t] + embeddings[t]. As in BERT and GPT-2.
 *
 * Shapes: x and y [batch, length, width], embeddings [maxLength, width].
 *
 * @throws ShapeError for sequences longer than maxLength.
 * @example positionEmbedding(128)
 */
export function positionEmbedding(maxLength: number, options: PositionEmbeddingOptions = {}): Layer {
  const roles = { embeddings: 'randomUniform' } as const;
  const { where, base, config, declare } = resolveLayer('positionEmbedding', options, roles);
  checkNumber(where, 'maxLength', maxLength, { minimum: 1, integer: true });
  return layer({
    kind: 'positionEmbedding',
    ...base,
    config: { maxLength, ...config },
    passesMask: true,
    build(context) {
      const [length, width] = sequenceShape(context);
      if (length > maxLength) {
        throw new ShapeError(`${where}: sequences of ${length} positions, but maxLength is ${maxLength}. Raise it.`);
      }
      declare(context, 'embeddings', [maxLength, width]);
    },
    call([x], { parameter }) {
      const [, length, width] = x!.shape;
      return x!.add(parameter('embeddings').slice([0, 0], [length!, width!]));
    },
  });
}
