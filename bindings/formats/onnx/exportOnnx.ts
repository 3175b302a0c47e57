// A model as an ONNX file.

import type { Shape } from '../../graph/shape.js';
import { layerFromConfig } from '../../layers/index.js';
import { input } from '../../layers/input.js';
import type { LayerCall, SymbolicTensor } from '../../layers/layer.js';
import { networkOf, type Model } from '../../model/model.js';
import type { Network } from '../../model/network.js';
import { OptionError } from '../../runtime/errors.js';
import { checkFlag, checkNumber, checkOptions, describeValue, unknownName } from '../../runtime/suggest.js';
import { concatBytes } from '../protobuf/write.js';
import { channelsFirst, identity, permuted, transposeValues } from './axes.js';
import { encodeModel, encodeValue } from './encode.js';
import { readActivation } from './out/activations.js';
import { Builder, Value } from './out/builder.js';
import type { LayerToWrite, LayerWriter, NestedLayer, Weight } from './out/call.js';
import { foldable, foldedWeights } from './out/fold.js';
import { operatorWriter } from './out/operators.js';
import { LAYER_WRITERS } from './out/table.js';
import { OPERATOR_KIND } from './in/operator.js';
import { ELEMENT, type Dimension } from './schema.js';

/** IR version 8 came with opset 15 to 18. */
const IR_VERSION = 8;
const OPSETS = { minimum: 17, maximum: 17, integer: true };
const LAYOUTS = ['NHWC', 'NCHW'] as const;

export interface ExportOnnxOptions {
  /** Version of the operators; 17, which every runtime of the last years has. */
  opset?: 17;
  /** Whether batch normalisations are taken up by the dense or convolution layer right before them; false by default. */
  foldBatchNormalization?: boolean;
  /** Whether the file takes batches of any size (true, the default), or of `batchSize` alone. */
  dynamicBatch?: boolean;
  /** Samples of a batch, with `dynamicBatch: false`; 1 by default. */
  batchSize?: number;
  /**
   * Layout of inputs that are images: 'NHWC' (the default), as this library has them, so that data need no change; or 'NCHW', as
   * PyTorch has them.
   */
  inputLayout?: (typeof LAYOUTS)[number];
  /** Name of the program that the file says it comes from; 'wasmgrad' by default. */
  producerName?: string;
}

/** Every kind that is written: the library's, and what `importOnnx` makes of operators without a layer. */
const WRITERS: Readonly<Record<string, LayerWriter>> = { ...LAYER_WRITERS, [OPERATOR_KIND]: operatorWriter };

const OPTIONS = ['opset', 'foldBatchNormalization', 'dynamicBatch', 'batchSize', 'inputLayout', 'producerName'];

function checkExport(options: ExportOnnxOptions) {
  const where = 'exportOnnx';
  checkOptions(where, options, OPTIONS);
  const { opset = 17, foldBatchNormalization = false, dynamicBatch = true, inputLayout = 'NHWC' } = options;
  const { batchSize = 1, producerName = 'wasmgrad' } = options;
  checkFlag(where, 'foldBatchNormalization', foldBatchNormalization);
  checkFlag(where, 'dynamicBatch', dynamicBatch);
  checkNumber(where, 'opset', opset, OPSETS);
  checkNumber(where, 'batchSize', batchSize, { minimum: 1, integer: true });
  if (!LAYOUTS.includes(inputLayout)) unknownName(where, 'inputLayout', String(inputLayout), LAYOUTS);
  if (typeof producerName !== 'string') {
    throw new OptionError(`${where}: producerName must be a text, got ${describeValue(producerName)}.`);
  }
  return { opset, foldBatchNormalization, batch: dynamicBatch ? 'batch' : batchSize, inputLayout, producerName };
}

/** What of the configuration of a layer, and of those within it, has no nodes: kinds and functions of the user's own. */
function unwritable({ kind, config = {} }: NestedLayer, name: string): string[] {
  if (!Object.hasOwn(WRITERS, kind)) return [`${name} (a layer of your own, '${kind}')`];
  const functions = ['activation', 'recurrentActivation'].filter((option) => !readActivation(config[option]));
  const {
    layer,
    branch = [],
    shortcut,
  } = config as { layer?: NestedLayer; branch?: NestedLayer[]; shortcut?: NestedLayer };
  const inner = [...(layer ? [layer] : []), ...branch, ...(shortcut ? [shortcut] : [])];
  return [
    ...functions.map((option) => `${name} (${option} is a function of your own)`),
    ...inner.flatMap((one) => unwritable(one, `${name}/${one.name ?? one.kind}`)),
  ];
}

/** Reads parameters of a model by path, tied ones through their owner. */
class Weights {
  constructor(
    private readonly network: Network,
    private readonly values: Readonly<Record<string, Float32Array>>,
  ) {}

  /** The parameters of a layer. */
  of(call: LayerCall, layerName: string, prefix = '') {
    const { parameters } = call.layer;
    const find = (name: string) => parameters.find((parameter) => parameter.name === prefix + name);
    return {
      has: (name: string) => find(name) !== undefined,
      weight: (name: string): Weight => {
        const { shape } = find(name)!;
        const path = `${layerName}/${prefix}${name}`;
        const tie = this.network.ties.get(path);
        const values = this.values[tie?.source ?? path]!;
        if (!tie?.transpose) return { path: tie?.source ?? path, shape, values };
        const axes = identity(shape.length);
        const order = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
        return { path: `${tie.source}ᵀ`, shape, values: transposeValues(values, permuted(shape, order), order) };
      },
    };
  }
}

/** Shapes of what a layer within a layer makes of samples. */
function shapesOf({ kind, config = {} }: NestedLayer, inputs: readonly Value[]): Shape[] {
  const made = layerFromConfig({ kind, config });
  const result: SymbolicTensor | SymbolicTensor[] = made(inputs.map(({ shape, dtype }) => input({ shape, dtype })));
  return (Array.isArray(result) ? result : [result]).map(({ shape }) => shape);
}

/**
 * A model as an ONNX file, for ONNX Runtime and whatever else reads them: architecture and weights as they are in inference.
 * Nothing of training is in it. Inputs and outputs have the model's names and, unless told otherwise, its layout.
 *
 * @throws OptionError that lists all layers and activations of one's own, for which there are no nodes.
 * @throws StateError for a model whose input shape is not known yet.
 * @example
 * const bytes = exportOnnx(model, { foldBatchNormalization: true });
 * await writeFile('model.onnx', bytes);
 */
export function exportOnnx(model: Model, options: ExportOnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const { opset, foldBatchNormalization, batch, inputLayout, producerName } = checkExport(options);
  const network = networkOf(model, 'exportOnnx');
  const odd = network.layers.flatMap(({ name, layer }) => unwritable(layer.definition, name));
  if (odd.length > 0) {
    throw new OptionError(
      `exportOnnx: no ONNX operators for ${odd.join(', ')}. Build these parts out of the library's layers and activations.`,
    );
  }
  const builder = new Builder();
  const writer = new NetworkWriter(builder, network, model.parameters(), foldBatchNormalization);
  const fields: Uint8Array[] = [];
  const inputs = network.inputs.map((symbolic, i) => {
    const name = builder.unique(network.inputNames[i]!);
    const rank = symbolic.shape.length + 1;
    const order = inputLayout === 'NCHW' && rank === 4 ? channelsFirst(rank) : identity(rank);
    const dims: Dimension[] = permuted<Dimension>([batch, ...symbolic.shape], order);
    const elementType = symbolic.dtype === 'int32' ? ELEMENT.int32 : ELEMENT.float;
    fields.push(encodeValue('input', name, elementType, dims));
    return new Value(symbolic.shape, { order, name }, symbolic.dtype as 'float32' | 'int32');
  });
  const results = writer.write(inputs);
  const outputNames = network.outputNames.map((name) => builder.unique(name));
  network.outputs.forEach(({ shape }, i) => {
    builder.scope = 'output';
    const name = outputNames[i]!;
    builder.nodeOf('Identity', [builder.plain(results[i]!)], {}, [name]);
    fields.push(encodeValue('output', name, ELEMENT.float, [batch, ...shape]));
  });
  return concatBytes(
    encodeModel({
      irVersion: IR_VERSION,
      opsetVersion: opset,
      producerName,
      graphName: model.name,
      metadata: {},
      graphFields: [...builder.fields(outputNames), ...fields],
    }),
  );
}

/** Walks the calls of a network and writes each layer. */
class NetworkWriter {
  private readonly weights: Weights;
  private readonly folded: ReadonlyMap<LayerCall, LayerCall>;
  private readonly absorbed: ReadonlySet<LayerCall>;
  private readonly masks = new Map<SymbolicTensor, string>();

  constructor(
    private readonly builder: Builder,
    private readonly network: Network,
    values: Readonly<Record<string, Float32Array>>,
    isFolding: boolean,
  ) {
    this.weights = new Weights(network, values);
    this.folded = isFolding ? foldable(network) : new Map();
    this.absorbed = new Set(this.folded.values());
  }

  write(inputs: readonly Value[]): Value[] {
    const values = new Map<SymbolicTensor, Value>(this.network.inputs.map((symbolic, i) => [symbolic, inputs[i]!]));
    for (const call of this.network.calls) {
      const outputs = this.writeCall(
        call,
        call.inputs.map((symbolic) => values.get(symbolic)!),
      );
      call.outputs.forEach((output, i) => values.set(output, outputs[i]!));
    }
    return this.network.outputs.map((output) => values.get(output)!);
  }

  private nameOf({ layer }: LayerCall): string {
    return this.network.layers.find((named) => named.layer === layer)!.name;
  }

  private writeCall(call: LayerCall, inputs: readonly Value[]): readonly Value[] {
    const { kind, config = {}, passesMask } = call.layer.definition;
    const name = this.nameOf(call);
    this.builder.scope = name;
    const setMask = (mask: string | undefined, output = 0): void => {
      if (mask === undefined) this.masks.delete(call.outputs[output]!);
      else this.masks.set(call.outputs[output]!, mask);
    };
    if (passesMask) setMask(this.masks.get(call.inputs[0]!));
    if (this.absorbed.has(call)) return [inputs[0]!];
    const writeLayer = (
      inner: NestedLayer,
      prefix: string,
      given: readonly Value[],
      outputShapes: readonly Shape[],
    ) => {
      const writer = WRITERS[inner.kind]!;
      const layer: LayerToWrite = {
        builder: this.builder,
        kind: inner.kind,
        name: prefix === '' ? name : `${name}/${prefix.replace(/\/$/, '')}`,
        config: inner.config ?? {},
        inputs: given,
        outputShapes,
        ...this.weightsOf(call, name, prefix),
        mask: (input = 0) => this.masks.get(call.inputs[input]!),
        setMask,
        nested: (within, further, values, shapes = shapesOf(within, values)) =>
          writeLayer(within, prefix + further, values, shapes),
      };
      const written = writer(layer);
      return Array.isArray(written) ? (written as readonly Value[]) : [written as Value];
    };
    const shapes = call.outputs.map(({ shape }) => shape);
    return writeLayer({ kind, config }, '', inputs, shapes);
  }

  private weightsOf(call: LayerCall, name: string, prefix: string) {
    const own = this.weights.of(call, name, prefix);
    const normalization = this.folded.get(call);
    if (!normalization) return own;
    const { config } = normalization.layer.definition;
    const of = this.weights.of(normalization, this.nameOf(normalization));
    return foldedWeights(call.layer.definition.kind, own, { ...of, epsilon: config!.epsilon as number });
  }
}
