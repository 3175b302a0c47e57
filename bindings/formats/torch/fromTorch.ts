// Gives a model the weights of a PyTorch state dict.

import { formatShape, sameShape, sizeOf, type Shape } from '../../graph/shape.js';
import type { LayerKind } from '../../layers/index.js';
import type { SymbolicTensor } from '../../layers/layer.js';
import { networkOf, type Model } from '../../model/model.js';
import type { NamedLayer, Network } from '../../model/network.js';
import { OptionError, ShapeError, WasmgradError } from '../../runtime/errors.js';
import { checkOptions, unknownName } from '../../runtime/suggest.js';
import * as modules from './modules.js';
import type { OwnParameters, TorchModule } from './modules.js';
import { modulesOf, readStateDict, type FoundModule, type StateDict } from './stateDict.js';

/** A kind of layer, PyTorch's module of it, and its weights in our layout. */
interface TorchKind {
  module: string;
  read(module: TorchModule, level: number, flattened: Shape | undefined): OwnParameters;
}

const kind = (module: string, read: (module: TorchModule, level?: number) => OwnParameters): TorchKind => ({
  module,
  read,
});

const RECURRENT: Readonly<Record<string, TorchKind>> = {
  gru: kind('nn.GRU', modules.gru),
  lstm: kind('nn.LSTM', modules.lstm),
  simpleRNN: kind('nn.RNN', modules.rnn),
};

/** Kinds of layer whose weights PyTorch has too. For tables of what can be exchanged. */
export const TORCH_LAYERS: Readonly<Partial<Record<LayerKind, TorchKind>>> = {
  ...RECURRENT,
  batchNormalization: kind('nn.BatchNorm1d, nn.BatchNorm2d', modules.batchNorm),
  conv1d: kind('nn.Conv1d', modules.conv1d),
  conv1dTranspose: kind('nn.ConvTranspose1d', modules.convTranspose1d),
  conv2d: kind('nn.Conv2d', modules.conv2d),
  conv2dTranspose: kind('nn.ConvTranspose2d', modules.convTranspose2d),
  dense: { module: 'nn.Linear', read: (module, _, flattened) => modules.linear(module, flattened) },
  depthwiseConv1d: kind('nn.Conv1d with groups', modules.depthwiseConv1d),
  depthwiseConv2d: kind('nn.Conv2d with groups', modules.depthwiseConv2d),
  embedding: kind('nn.Embedding', modules.embedding),
  groupNormalization: kind('nn.GroupNorm', modules.groupNorm),
  layerNormalization: kind('nn.LayerNorm', modules.layerNorm),
  multiHeadAttention: kind('nn.MultiheadAttention', modules.multiheadAttention),
  prelu: kind('nn.PReLU', modules.prelu),
};

export interface FromTorchOptions {
  /**
   * The module of each layer, by the layer's name, such as `{ dense_1: 'fc1', lstm_2: 'rnn:1' }`; `:1` is the second layer of a
   * recurrent module. Without it modules are taken in the order of the state dict.
   */
  map?: Readonly<Record<string, string>>;
  /**
   * Which order PyTorch flattened in front of a dense layer: `channelsFirst` (the default), as nn.Flatten does it with images
   * [channels, height, width]; `channelsLast` if the model permuted them first.
   */
  flatten?: 'channelsFirst' | 'channelsLast';
}

const WHERE = 'fromTorch';
const FLATTENS = ['channelsFirst', 'channelsLast'] as const;

/**
 * Gives a model the weights of a PyTorch model of the same layers: kernels transposed, gates and biases of recurrent layers in
 * our order, the rows of a dense layer behind a flatten layer put from channels first to channels last. Nothing is changed
 * unless everything fits.
 *
 * @param stateDict `{ name: { data, shape } }` in the order of `state_dict()`, or the bytes of a safetensors file. A file sorts
 * its names: its order is taken where names are numbered, or where only one module fits each layer; else give `map`.
 * @throws ShapeError that names the layer's and the module's tensor, with both shapes.
 * @throws OptionError where it is not clear which module is which layer's.
 * @example
 * // in Python: safetensors.torch.save_file(net.state_dict(), 'net.safetensors')
 * fromTorch(model, await readFile('net.safetensors'), { map: { conv2d_1: 'conv1', dense_1: 'fc1', dense_2: 'fc2' } });
 */
export function fromTorch(model: Model, stateDict: StateDict, options: FromTorchOptions = {}): void {
  checkOptions(WHERE, options, ['map', 'flatten']);
  const { map, flatten = 'channelsFirst' } = options;
  if (!FLATTENS.includes(flatten)) unknownName(WHERE, 'flatten', flatten, FLATTENS);
  const network = networkOf(model, WHERE);
  const found = modulesOf(readStateDict(WHERE, stateDict));
  const wanted = network.layers.filter(({ layer }) => layer.parameters.length > 0);
  const plan = new Plan(network, flatten === 'channelsFirst');
  const isFile = stateDict instanceof Uint8Array || stateDict instanceof ArrayBuffer;
  const pairs = map ? byMap(wanted, found, map) : isFile ? byFit(plan, wanted, found) : byOrder(wanted, found);
  const values = pairs.flatMap(([named, module]) => plan.parametersOf(named, module));
  model.setParameters(Object.fromEntries(values));
}

type Pair = readonly [NamedLayer, FoundModule];

const describe = ({ name, level }: FoundModule): string =>
  `${name === '' ? 'the model itself' : name}${level > 0 ? `:${level}` : ''}`;

function byOrder(wanted: readonly NamedLayer[], found: readonly FoundModule[]): Pair[] {
  if (wanted.length === found.length) return wanted.map((named, i) => [named, found[i]!]);
  throw new OptionError(
    `${WHERE}: the model has ${wanted.length} layers with parameters (${wanted.map(({ name }) => name).join(', ')}), the state dict ` +
      `${found.length} modules (${found.map(describe).join(', ')}). Say with map which is which.`,
  );
}

function byMap(
  wanted: readonly NamedLayer[],
  found: readonly FoundModule[],
  map: Readonly<Record<string, string>>,
): Pair[] {
  const names = wanted.map(({ name }) => name);
  for (const name of Object.keys(map)) if (!names.includes(name)) unknownName(WHERE, 'layer', name, names);
  return wanted.flatMap((named): Pair[] => {
    if (!Object.hasOwn(map, named.name)) return [];
    const text = map[named.name]!;
    const module = found.find((candidate) =>
      [describe(candidate), `${candidate.name}:${candidate.level}`].includes(text),
    );
    return module ? [[named, module]] : unknownName(WHERE, 'module', text, found.map(describe));
  });
}

const collator = (a: FoundModule, b: FoundModule): number => {
  const [left, right] = [a, b].map(({ name, level }) => [...name.split('.'), String(level)]) as [string[], string[]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return Number(left[i]) - Number(right[i]);
  }
  return left.length - right.length;
};

/** For files, which sort names: numbered modules by number, others where one module alone fits. */
function byFit(plan: Plan, wanted: readonly NamedLayer[], found: readonly FoundModule[]): Pair[] {
  const isNumbered = found.every(({ name }) => name.split('.').every((part) => /^\d+$/.test(part)));
  if (isNumbered) return byOrder(wanted, [...found].sort(collator));
  return wanted.map((named): Pair => {
    const fits = found.filter((module) => plan.fits(named, module));
    if (fits.length === 1) return [named, fits[0]!];
    const candidates = fits.length === 0 ? 'none fits' : `${fits.map(describe).join(' and ')} fit`;
    throw new OptionError(
      `${WHERE}: ${named.name}: of the modules ${found.map(describe).join(', ')} ${candidates}. A file sorts names: say with map which ` +
        'module is which layer.',
    );
  });
}

/** What becomes of a module in a layer of the model. */
class Plan {
  constructor(
    private readonly network: Network,
    private readonly isChannelsFirst: boolean,
  ) {}

  fits(named: NamedLayer, module: FoundModule): boolean {
    try {
      this.parametersOf(named, module);
      return true;
    } catch (error) {
      if (error instanceof WasmgradError) return false;
      throw error;
    }
  }

  /** Values by path. @throws ShapeError that names both sides. */
  parametersOf({ name, layer }: NamedLayer, module: FoundModule): [string, Float32Array][] {
    const entry = this.kindOf(name, layer.definition);
    const label = describe(module);
    const read = this.read(entry, module, name, this.flattenedBefore(name));
    const expected = layer.parameters.map((parameter) => parameter.name);
    const odd = [
      ...expected.filter((own) => !(own in read)),
      ...Object.keys(read).filter((own) => !expected.includes(own)),
    ][0];
    if (odd !== undefined) {
      throw new ShapeError(
        `${WHERE}: ${name} has the parameters ${expected.join(', ')}, ${label} (${Object.keys(module.tensors).join(', ')}) gives ` +
          `${Object.keys(read).join(', ')}: ${odd} is only in one. Set useBias, center or scale as the module has them.`,
      );
    }
    return layer.parameters.map(({ name: own, shape }) => {
      const given = read[own]!;
      if (sameShape(given.shape, shape) || (own === 'alpha' && given.data.length === sizeOf(shape)))
        return [`${name}/${own}`, given.data];
      throw new ShapeError(
        `${WHERE}: ${name}/${own} has the shape ${formatShape(shape)}, ${label} (${shapesOf(module)}) gives ${formatShape(given.shape)}. ` +
          'Check that the layers are in the same order, or say with map which module is which.',
      );
    });
  }

  private kindOf(name: string, { kind: own, config = {} }: NamedLayer['layer']['definition']): TorchKind {
    const inner = own === 'bidirectional' ? (config.layer as { kind: string }).kind : undefined;
    const entry = inner === undefined ? TORCH_LAYERS[own as LayerKind] : RECURRENT[inner];
    if (entry) return entry;
    throw new OptionError(
      `${WHERE}: ${name}: no module of PyTorch has the weights of a ${own} layer. Known: ${Object.keys(TORCH_LAYERS).join(', ')}.`,
    );
  }

  private read(entry: TorchKind, module: FoundModule, name: string, flattened: Shape | undefined): OwnParameters {
    try {
      return entry.read(module.tensors, module.level, flattened);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      throw new ShapeError(`${WHERE}: ${name} and ${describe(module)} (${shapesOf(module)}): ${error.message}`);
    }
  }

  /** The shape in front of the flatten layer that a layer comes behind, whatever leaves the order as it is between. */
  private flattenedBefore(name: string): Shape | undefined {
    if (!this.isChannelsFirst) return undefined;
    const layer = this.network.layers.find((named) => named.name === name)!.layer;
    let tensor: SymbolicTensor | undefined = this.network.calls.find((call) => call.layer === layer)!.inputs[0];
    while (tensor?.producer) {
      const { layer: before, inputs }: NonNullable<SymbolicTensor['producer']> = tensor.producer;
      const source: Shape = inputs[0]!.shape;
      if (before.definition.kind === 'flatten')
        return source.length > 1 && this.isSpatial(inputs[0]!) ? source : undefined;
      if (!KEEPS_ORDER.has(before.definition.kind)) return undefined;
      tensor = inputs[0];
    }
    return undefined;
  }

  /** Whether PyTorch would have the channels of a value first: images always, sequences where a convolution or pooling made them. */
  private isSpatial({ shape, producer }: SymbolicTensor): boolean {
    if (shape.length >= 3) return true;
    if (!producer) return false;
    const { kind: own } = producer.layer.definition;
    if (KEEPS_ORDER.has(own) || own === 'batchNormalization') return this.isSpatial(producer.inputs[0]!);
    return /^(conv|depthwiseConv|separableConv|maxPooling|averagePooling)1d/.test(own);
  }
}

const KEEPS_ORDER = new Set([
  'activation',
  'alphaDropout',
  'dropout',
  'gaussianDropout',
  'gaussianNoise',
  'rescaling',
  'spatialDropout',
]);

const shapesOf = ({ tensors }: FoundModule): string =>
  Object.entries(tensors)
    .map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
    .join(', ');
