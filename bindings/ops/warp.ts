// Images read at other places. Kernel twin: assembly/ops/warp.ts.

import { FillMode, Opcode, WarpField } from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode, float32Word } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import { formatShape, sameShape, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpSample, SampleInput } from './sample.js';

/** Numbers of the map of an image. */
export const MAP_SIZE = 6;

/** Inputs: images [batch, height, width, channels], a map each [batch, 6], and maybe displacements [batch, 2, height, width]. */
export const warpRule: OpRule<'warp'> = {
  infer([x, maps, displacement]) {
    const [batch, height, width] = x!.shape as [number, number, number];
    if (x!.rank !== 4) {
      throw new ShapeError(`warp: expected images [batch, height, width, channels], got ${x!.describe()}.`);
    }
    checkShape('maps', maps!, [batch, MAP_SIZE]);
    if (displacement) checkShape('displacement', displacement, [batch, 2, height, width]);
    return { shape: x!.shape, dtype: 'float32' };
  },
  /** Two coordinates a pixel and three blends a channel. */
  flops: (node) => (node.size / node.shape[3]!) * 8 + node.size * 9,
  lower([result], { address }) {
    const node = result as Tensor<'warp'>;
    const [x, maps, displacement] = node.inputs as [Tensor, Tensor, Tensor?];
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    return [
      encode(Opcode.warp, WarpField, {
        sourcePointer: address(x),
        mapsPointer: address(maps),
        displacementPointer: displacement ? address(displacement) : 0,
        targetPointer: address(node),
        batch,
        height,
        width,
        channels,
        fillMode: FillMode[node.attributes.fillMode],
        fillValue: float32Word(node.attributes.fillValue),
      }),
    ];
  },
};

function checkShape(name: string, tensor: Tensor, shape: Shape): void {
  if (sameShape(tensor.shape, shape)) return;
  throw new ShapeError(`warp: expected ${name} ${formatShape(shape)}, got ${tensor.describe()}.`);
}

/** Where index `i` of an axis is read, or undefined outside it. */
const FOLDS: Record<keyof typeof FillMode, (i: number, size: number) => number | undefined> = {
  constant: (i, size) => (i >= 0 && i < size ? i : undefined),
  nearest: (i, size) => Math.min(Math.max(i, 0), size - 1),
  reflect: (i, size) => {
    const turn = ((i % (2 * size)) + 2 * size) % (2 * size);
    return turn < size ? turn : 2 * size - 1 - turn;
  },
  wrap: (i, size) => ((i % size) + size) % size,
};

/** The sampling in float64, by the neighbours of each place. */
function warpReference(
  [batch, height, width, channels]: readonly [number, number, number, number],
  fillMode: keyof typeof FillMode,
  [x, maps, displacement]: readonly Float64Array[],
): Float64Array {
  const fold = FOLDS[fillMode];
  const target = new Float64Array(batch * height * width * channels);
  const plane = height * width;
  for (let i = 0; i < target.length; i++) {
    const channel = i % channels;
    const place = Math.floor(i / channels) % plane;
    const item = Math.floor(i / channels / plane);
    const [row, column] = [Math.floor(place / width), place % width];
    const coordinate = (axis: number): number => {
      const [byRow, byColumn, offset] = maps!.subarray(item * MAP_SIZE + 3 * axis) as unknown as number[];
      return byRow! * row + byColumn! * column + offset! + (displacement?.[(2 * item + axis) * plane + place] ?? 0);
    };
    const [sourceY, sourceX] = [coordinate(0), coordinate(1)];
    for (const [top, left] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const [y, shareY] = [Math.floor(sourceY) + top, sourceY - Math.floor(sourceY)];
      const [xx, shareX] = [Math.floor(sourceX) + left, sourceX - Math.floor(sourceX)];
      const [foldedY, foldedX] = [fold(y, height), fold(xx, width)];
      const isOutside = foldedY === undefined || foldedX === undefined;
      const value = isOutside ? FILL_VALUE : x![((item * height + foldedY) * width + foldedX) * channels + channel]!;
      target[i]! += (top ? shareY : 1 - shareY) * (left ? shareX : 1 - shareX) * value;
    }
  }
  return target;
}

const FILL_VALUE = 0.25;

export const warpSamples = (): OpSample[] =>
  (Object.keys(FOLDS) as (keyof typeof FillMode)[]).flatMap((fillMode) =>
    (
      [
        [1, 1, 1, 1],
        [2, 5, 3, 1],
        [3, 4, 7, 3],
        [2, 1, 9, 2],
      ] as const
    ).flatMap((shape) =>
      [false, true].map((isDisplaced): OpSample => {
        const [batch, height, width] = shape;
        const inputs: SampleInput[] = [{ shape }, { shape: [batch, MAP_SIZE] }];
        if (isDisplaced) inputs.push({ shape: [batch, 2, height, width], range: [-9, 9] });
        return {
          name: `${fillMode} [${shape.join(', ')}]${isDisplaced ? ' displaced' : ''}`,
          inputs,
          build: (tensors) => tensors[0]!.graph.emit('warp', tensors, { fillMode, fillValue: FILL_VALUE }),
          reference: (values) => warpReference(shape, fillMode, values),
          // Coordinates of some tens have an error of 2e-6, and so has what is read there.
          tolerance: 3e-5,
          isSmooth: false,
        };
      }),
    ),
  );
