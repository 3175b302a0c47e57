import type { LayerProbe } from './probeGradients.js';

export type GradientVerdict = 'healthy' | 'vanishing' | 'exploding' | 'dead';

/** What is measured of a layer. */
export interface LayerMeasurement extends LayerProbe {
  /** Norm of all its trained parameters. */
  weightNorm: number | undefined;
  /** Norm of the change of one training step, as a share of that of the weights; NaN where the step was not finite. */
  updateRatio: number | undefined;
  /** Share of its units that have the weights of another unit. */
  equalShare: number | undefined;
}

export interface LayerHealth extends LayerMeasurement {
  verdict: GradientVerdict;
}

export interface GradientJudgement {
  /** The worst of the layers: exploding before dead before vanishing. */
  verdict: GradientVerdict;
  layers: LayerHealth[];
  /** What to try next, for the verdicts of all layers and for what else was seen. */
  remedies: string[];
}

/** Beyond which figures a layer is not healthy. */
export const GRADIENT_THRESHOLDS = {
  /**
   * Least flow. Healthy nets of 20 layers stay between 1/10 and 100 (batch normalisation alone makes gradients grow by about
   * 1.2 a layer towards the input: Yang et al. 2019); below 1/1000 the first layers learn a thousand times slower.
   */
  vanishingFlow: 1e-3,
  /** Largest flow: the same distance on the other side. */
  explodingFlow: 1e3,
  /** Largest gradient as a share of the weights: from here on plain SGD at its default rate of 0.01 replaces the weights in one step. */
  explodingGradient: 100,
  /** Share of dead units from which a layer counts as dead: it has lost half of its width. Some always are, the more the narrower the net. */
  deadShare: 0.5,
  /** Share of saturated values that is worth a remedy. */
  saturatedShare: 0.5,
  /** Largest update as a share of the weights; about 1/1000 is usual (Karpathy, CS231n, "Ratio of weights:updates"). */
  updateRatio: 0.1,
} as const;

type Finding = Exclude<GradientVerdict, 'healthy'> | 'saturated' | 'symmetric' | 'largeUpdate';

const REMEDIES: Readonly<Record<Finding, readonly string[]>> = {
  exploding: [
    'globalClipNorm (1, say) in the optimiser',
    'a smaller learning rate, or warmup',
    "the initialiser that fits the activation: 'heNormal' for relu, 'glorotUniform' for tanh",
    'batchNormalization or layerNormalization between the layers',
    'inputs and targets of mean 0 and deviation 1: standardScaler',
  ],
  dead: [
    'a smaller learning rate: one large step can push units below 0 for good',
    "activation 'leakyRelu', 'elu' or 'gelu', whose slope is not 0 below 0",
    "kernelInitializer 'heNormal' with biases of 0 or a little above",
    'batchNormalization before the activation',
  ],
  vanishing: [
    "activation 'relu', 'gelu' or 'silu' instead of sigmoid or tanh",
    "the initialiser that fits the activation: 'heNormal' for relu, 'glorotUniform' for tanh",
    'batchNormalization or layerNormalization between the layers',
    'residual blocks, around which gradients flow unchanged',
    'fewer layers; for sequences lstm or gru instead of simpleRNN',
  ],
  saturated: [
    'inputs of mean 0 and deviation 1, and smaller first weights: saturated units have almost no slope',
    'batchNormalization before sigmoid and tanh, or relu in their place',
  ],
  symmetric: ["random first weights ('glorotUniform', 'heNormal') instead of constants: equal units learn the same"],
  largeUpdate: ['a smaller learning rate, or warmup: one step changes weights by more than a tenth'],
};

/** In the order of their weight. */
const FINDINGS = Object.keys(REMEDIES) as Finding[];

/** Gives each layer its verdict, and the model the worst of them. */
export function judgeGradients(measured: readonly LayerMeasurement[]): GradientJudgement {
  const limits = GRADIENT_THRESHOLDS;
  const hasDead = measured.some(({ deadShare = 0 }) => deadShare >= limits.deadShare);
  const layers = measured.map((layer): LayerHealth => ({ ...layer, verdict: verdictOf(layer, hasDead) }));
  const findings = new Set<Finding>();
  for (const { verdict, saturatedShare = 0, equalShare = 0, updateRatio = 0 } of layers) {
    if (verdict !== 'healthy') findings.add(verdict);
    if (saturatedShare >= limits.saturatedShare) findings.add('saturated');
    if (equalShare > 0) findings.add('symmetric');
    if (updateRatio > limits.updateRatio) findings.add('largeUpdate');
  }
  const ranked = FINDINGS.filter((finding) => findings.has(finding));
  const verdicts: readonly string[] = layers.map(({ verdict }) => verdict);
  const verdict = ranked.find((finding) => verdicts.includes(finding)) as GradientVerdict | undefined;
  const remedies = [...new Set(ranked.flatMap((finding) => REMEDIES[finding]))];
  return { verdict: verdict ?? 'healthy', layers, remedies };
}

function verdictOf(layer: LayerMeasurement, hasDead: boolean): GradientVerdict {
  const limits = GRADIENT_THRESHOLDS;
  const { gradientNorm = 0, weightNorm = 0, flow, updateRatio = 0, deadShare = 0 } = layer;
  const isFinite = [gradientNorm, flow ?? 1, updateRatio].every(Number.isFinite);
  const isLarge = weightNorm > 0 && gradientNorm > limits.explodingGradient * weightNorm;
  if (!isFinite || isLarge || (flow ?? 1) > limits.explodingFlow) return 'exploding';
  if (deadShare >= limits.deadShare) return 'dead';
  // An exact 0 comes of units that are off; a net of saturated ones makes small numbers.
  if (flow === 0 && hasDead) return 'dead';
  return (flow ?? 1) < limits.vanishingFlow ? 'vanishing' : 'healthy';
}
