// Which convolutions are done as Winograd's F(4x4, 3x3), and their instructions. Kernel twins: assembly/ops/winogradConv2d.ts
// and assembly/ops/winogradKernelGradient.ts.

import { Conv2dField, GEMM_LAST_BLOCK, Opcode, WINOGRAD_PAD_BYTES } from '../../assembly/opcodes.js';
import { encode, type Fields, type InstructionWords } from '../graph/encode.js';
import { alignUp } from '../runtime/memory.js';
import { countMet, type Walk } from './conv2dAxes.js';

/** Outputs of a tile, and positions of its patch, along an axis. */
const TILE = 4;
const POSITIONS = 6;
/** Fewer do not pay for the transforms. */
const FEWEST_CHANNELS = 16;
/** Tiles that reach over the border multiply for nothing: with more than this share of the plain sum's products, it is faster. */
const MOST_PRODUCTS = 0.7;
/** Columns are transformed in panels of so many. */
const PANEL_COLUMNS = 8;

/**
 * A matter of the shape of one image, so that a sample's result does not depend on the batch it is in. Sums over channels are
 * one block, as everywhere of up to GEMM_LAST_BLOCK terms.
 */
export function isWinograd({ axes, fields }: Walk): boolean {
  const { sourceHeight, sourceWidth, groups, channels, columns } = fields;
  const isPlain = axes.every(({ taps, rowStep, tapStep }) => taps === 3 && rowStep === 1 && tapStep === 1);
  const fits = (count: number) => count % 4 === 0 && count >= FEWEST_CHANNELS && count <= GEMM_LAST_BLOCK;
  if (!isPlain || groups !== 1 || !fits(channels) || !fits(columns)) return false;
  const products = axes.reduce((total, { rows }) => total * POSITIONS * Math.ceil(rows / TILE), 1);
  const [vertical, horizontal] = axes;
  return products < MOST_PRODUCTS * countMet(vertical, sourceHeight) * countMet(horizontal, sourceWidth);
}

const matricesBytes = (floats: number): number => POSITIONS ** 2 * (4 * floats + WINOGRAD_PAD_BYTES);

/** Of a kernel's 36 matrices, as the convolution reads them. */
export const transformedKernelBytes = ({ fields: { channels, columns } }: Walk): number =>
  matricesBytes(channels * alignUp(columns, PANEL_COLUMNS));

/** Of the 36 matrices that a kernel's gradient is made of. */
export const sumBytes = ({ fields: { channels, columns } }: Walk): number => matricesBytes(channels * columns);

type ConvolutionFields = Fields<typeof Conv2dField>;

/** A convolution by way of a transformed kernel, which lies in `workspace`. */
export const lowerWinograd = (fields: ConvolutionFields, workspace: number): InstructionWords[] => [
  encode(Opcode.winogradKernel, Conv2dField, { ...fields, targetPointer: workspace }),
  encode(Opcode.winogradConv2d, Conv2dField, { ...fields, kernelPointer: workspace }),
];

/** The gradient of a kernel, by way of sums that lie in `workspace`. */
export const lowerWinogradKernelGradient = (fields: ConvolutionFields, workspace: number): InstructionWords[] => [
  encode(Opcode.winogradKernelSums, Conv2dField, { ...fields, kernelPointer: workspace }),
  encode(Opcode.winogradKernelGradient, Conv2dField, { ...fields, sourcePointer: workspace }),
];
