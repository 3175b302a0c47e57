// What the reference cases ask for and the library does not have. Each entry says how one would notice that it came.

import * as wasmgrad from '../../bindings/index.js';
import { resolveActivation, type ActivationName } from '../../bindings/layers/activations.js';
import { opRules } from '../../bindings/ops/index.js';
import type { Family } from './fixture.js';

export interface Gap {
  reason: string;
  /** Whether the library has it after all. */
  exists: () => boolean;
}

/** Absent until a public name, a method of tensors, a primitive or an activation has one of these names. */
export const noName = (reason: string, ...names: readonly string[]): Gap => ({
  reason,
  exists: () =>
    names.some(
      (name) => name in wasmgrad || name in wasmgrad.Tensor.prototype || name in opRules || isActivation(name),
    ),
});

function isActivation(name: string): boolean {
  try {
    resolveActivation('probe', name as ActivationName);
    return true;
  } catch {
    return false;
  }
}

/** Absent as long as every one of these factories refuses every one of these options as unknown. */
export const noOption = (
  reason: string,
  factories: readonly ((options: object) => unknown)[],
  ...options: string[]
): Gap => ({
  reason,
  exists: () => factories.some((factory) => options.some((option) => accepts(factory, option))),
});

function accepts(factory: (options: object) => unknown, option: string): boolean {
  try {
    factory({ [option]: true });
    return true;
  } catch (error) {
    // Any other complaint is about the value: the name is known.
    return !String(error).includes(`unknown option '${option}'`);
  }
}

const noLoss = (...names: readonly string[]): Gap => noName('no such loss', ...names);

const { categoricalCrossentropy } = wasmgrad;

const SMOOTHING = noOption('no label smoothing', [categoricalCrossentropy], 'labelSmoothing');

/** By family and key (see the `keyOf` of each test): exact, so that nothing is left out by accident. */
export const NOT_YET: Readonly<Record<Family, Readonly<Record<string, Gap>>>> = {
  activations: {
    prelu: noName('no activation with parameters', 'prelu'),
    selu: noName('no such activation', 'selu'),
    mish: noName('no such activation', 'mish'),
    softsign: noName('no such activation', 'softsign'),
    hardSigmoid: noName('no such activation', 'hardSigmoid'),
  },
  dense: {},
  losses: {
    mae: noLoss('meanAbsoluteError', 'mae'),
    huber: noLoss('huber'),
    logCosh: noLoss('logCosh', 'logcosh'),
    'categoricalCrossentropy labelSmoothing': SMOOTHING,
    'categoricalCrossentropy labelSmoothing classPerTerm': SMOOTHING,
    klDivergence: noLoss('klDivergence', 'kullbackLeiblerDivergence'),
    hinge: noLoss('hinge'),
    squaredHinge: noLoss('squaredHinge'),
    categoricalHinge: noLoss('categoricalHinge'),
    poisson: noLoss('poisson'),
    cosineSimilarity: noLoss('cosineSimilarity'),
    binaryFocal: noLoss('binaryFocal', 'binaryFocalCrossentropy', 'focal'),
    categoricalFocal: noLoss('categoricalFocal', 'categoricalFocalCrossentropy', 'focal'),
  },
  optimizers: {},
  tensorOps: {
    upsampleNearest1d: noName('no upsampling', 'upsample', 'upSampling1d', 'upsampling1d', 'upsample1d'),
    upsampleNearest2d: noName('no upsampling', 'upsample', 'upSampling2d', 'upsampling2d', 'upsample2d'),
  },
  clippingEma: {},
  schedules: {},
  endToEnd: {
    'iris_mlp batchNorm': noName('no batch normalisation', 'batchNorm', 'batchNormalization'),
    digits_cnn: noName('no convolution', 'conv2d'),
  },
};
