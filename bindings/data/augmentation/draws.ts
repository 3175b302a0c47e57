// Random draws of the samples of a batch: functions of the seed, the epoch and the number of the sample in its data set.

import type { Shape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';

/** Streams of one augmentation, so that one more draw in it moves none of another's. */
const STREAMS_EACH = 16;

/** A random value of each sample: uniform from `low` to `high`, or `neutral` where the sample is left as it is. */
export interface DrawnValue {
  range: readonly [number, number];
  neutral: number;
}

export class SampleDraws {
  private stream: number;

  /**
   * @param numbers int32 numbers of the batch's samples in their data set.
   * @param epoch int32 scalar.
   * @param position Of the augmentation in its list.
   */
  constructor(
    private readonly numbers: Tensor,
    private readonly epoch: Tensor,
    position: number,
  ) {
    this.stream = position * STREAMS_EACH;
  }

  get batchSize(): number {
    return this.numbers.size;
  }

  /** [batch, ...shape], uniform in [0, 1). */
  uniform(shape: Shape): Tensor {
    return this.draw(shape, false);
  }

  /** [batch, ...shape], standard normal. */
  normal(shape: Shape): Tensor {
    return this.draw(shape, true);
  }

  /** A vector [batch] for each of `values`; one coin a sample decides whether all of them are drawn or neutral. */
  values(probability: number, values: readonly DrawnValue[]): Tensor[] {
    const drawn = this.uniform([1 + values.length]);
    const column = (i: number) => drawn.slice([0, i], [this.batchSize, 1]).reshape([this.batchSize]);
    const isDrawn = column(0).less(probability);
    return values.map(({ range: [low, high], neutral }, i) => {
      const value = column(1 + i).affine(high - low, low);
      return probability === 1 ? value : isDrawn.where(value, neutral);
    });
  }

  /** A vector [batch]: 1 for the share `probability` of the samples, else 0. */
  coin(probability: number): Tensor {
    return this.uniform([]).less(probability);
  }

  private draw(shape: Shape, isNormal: boolean): Tensor {
    const { graph } = this.numbers;
    return graph.emit('sampleRandom', [this.numbers, this.epoch], { shape, stream: this.stream++, isNormal });
  }
}

/** A vector [batch] that stretches over the pixels and channels of [batch, height, width, channels]. */
export const acrossPixels = (vector: Tensor): Tensor => vector.reshape([vector.size, 1, 1, 1]);
