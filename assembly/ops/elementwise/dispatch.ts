// From an ElementwiseOp to its loop, once per step and tile.

import { ElementwiseOp } from '../../opcodes';
import { Elu, Gelu, GeluTanh, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh } from './activation';
import {
  EluGradient,
  GeluGradient,
  GeluTanhGradient,
  LeakyReluGradient,
  ReluGradient,
  SigmoidGradient,
  SiluGradient,
  TanhGradient,
} from './activationGradient';
import {
  Absolute,
  Add,
  Affine,
  Clip,
  Divide,
  ErrorFunction,
  Exponential,
  Floor,
  FromInteger,
  Logarithm,
  Maximum,
  Minimum,
  Multiply,
  Negate,
  Power,
  Reciprocal,
  Round,
  Sign,
  Square,
  SquareRoot,
  Subtract,
} from './arithmetic';
import { Equal, Greater, GreaterEqual } from './comparison';
import { map, mapLight, mapPairs, mapPairsLight } from './loops';

/** A function of one operand over `elements` adjacent floats. */
export function applyOne(op: u32, a: usize, target: usize, elements: u32, p0: f32, p1: f32): void {
  switch (op) {
    case ElementwiseOp.affine: mapLight<Affine>(a, target, elements, p0, p1); break;
    case ElementwiseOp.negate: mapLight<Negate>(a, target, elements, p0, p1); break;
    case ElementwiseOp.absolute: mapLight<Absolute>(a, target, elements, p0, p1); break;
    case ElementwiseOp.square: mapLight<Square>(a, target, elements, p0, p1); break;
    case ElementwiseOp.squareRoot: map<SquareRoot>(a, target, elements, p0, p1); break;
    case ElementwiseOp.reciprocal: map<Reciprocal>(a, target, elements, p0, p1); break;
    case ElementwiseOp.sign: map<Sign>(a, target, elements, p0, p1); break;
    case ElementwiseOp.floor: mapLight<Floor>(a, target, elements, p0, p1); break;
    case ElementwiseOp.round: mapLight<Round>(a, target, elements, p0, p1); break;
    case ElementwiseOp.exponential: map<Exponential>(a, target, elements, p0, p1); break;
    case ElementwiseOp.logarithm: map<Logarithm>(a, target, elements, p0, p1); break;
    case ElementwiseOp.power: map<Power>(a, target, elements, p0, p1); break;
    case ElementwiseOp.erf: map<ErrorFunction>(a, target, elements, p0, p1); break;
    case ElementwiseOp.clip: mapLight<Clip>(a, target, elements, p0, p1); break;
    case ElementwiseOp.fromInteger: mapLight<FromInteger>(a, target, elements, p0, p1); break;
    case ElementwiseOp.relu: mapLight<Relu>(a, target, elements, p0, p1); break;
    case ElementwiseOp.leakyRelu: mapLight<LeakyRelu>(a, target, elements, p0, p1); break;
    case ElementwiseOp.elu: map<Elu>(a, target, elements, p0, p1); break;
    case ElementwiseOp.sigmoid: map<Sigmoid>(a, target, elements, p0, p1); break;
    case ElementwiseOp.tanh: map<Tanh>(a, target, elements, p0, p1); break;
    case ElementwiseOp.gelu: map<Gelu>(a, target, elements, p0, p1); break;
    case ElementwiseOp.geluTanh: map<GeluTanh>(a, target, elements, p0, p1); break;
    case ElementwiseOp.silu: map<Silu>(a, target, elements, p0, p1); break;
    case ElementwiseOp.softplus: map<Softplus>(a, target, elements, p0, p1); break;
    default: unreachable();
  }
}

/** A function of two operands, or of one if no such has this op. */
export function applyTwo(op: u32, a: usize, b: usize, target: usize, elements: u32, p0: f32, p1: f32): void {
  switch (op) {
    case ElementwiseOp.add: mapPairsLight<Add>(a, b, target, elements, p0); break;
    case ElementwiseOp.subtract: mapPairsLight<Subtract>(a, b, target, elements, p0); break;
    case ElementwiseOp.multiply: mapPairsLight<Multiply>(a, b, target, elements, p0); break;
    case ElementwiseOp.divide: mapPairsLight<Divide>(a, b, target, elements, p0); break;
    case ElementwiseOp.maximum: mapPairsLight<Maximum>(a, b, target, elements, p0); break;
    case ElementwiseOp.minimum: mapPairsLight<Minimum>(a, b, target, elements, p0); break;
    case ElementwiseOp.equal: mapPairsLight<Equal>(a, b, target, elements, p0); break;
    case ElementwiseOp.greater: mapPairsLight<Greater>(a, b, target, elements, p0); break;
    case ElementwiseOp.greaterEqual: mapPairsLight<GreaterEqual>(a, b, target, elements, p0); break;
    case ElementwiseOp.reluGradient: mapPairsLight<ReluGradient>(a, b, target, elements, p0); break;
    case ElementwiseOp.leakyReluGradient: mapPairsLight<LeakyReluGradient>(a, b, target, elements, p0); break;
    case ElementwiseOp.eluGradient: mapPairsLight<EluGradient>(a, b, target, elements, p0); break;
    case ElementwiseOp.sigmoidGradient: mapPairsLight<SigmoidGradient>(a, b, target, elements, p0); break;
    case ElementwiseOp.tanhGradient: mapPairsLight<TanhGradient>(a, b, target, elements, p0); break;
    case ElementwiseOp.geluGradient: mapPairs<GeluGradient>(a, b, target, elements); break;
    case ElementwiseOp.geluTanhGradient: mapPairs<GeluTanhGradient>(a, b, target, elements); break;
    case ElementwiseOp.siluGradient: mapPairs<SiluGradient>(a, b, target, elements); break;
    default: applyOne(op, a, target, elements, p0, p1);
  }
}
