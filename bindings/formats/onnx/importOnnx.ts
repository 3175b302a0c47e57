// A model of an ONNX file. Nothing in a file is trusted: structure, names, counts and shapes are checked before memory is
// allocated, and nothing in it is run.

import { sizeOf, type Shape } from '../../graph/shape.js';
import { input } from '../../layers/input.js';
import { SymbolicTensor } from '../../layers/layer.js';
import type { Model } from '../../model/model.js';
import { model as functional } from '../../model/sequential.js';
import { DataError, FormatError, OptionError, WasmgradError } from '../../runtime/errors.js';
import { checkOptions, describeValue, unknownName } from '../../runtime/suggest.js';
import { WireReader } from '../protobuf/read.js';
import { channelsFirst, permuted } from './axes.js';
import { decodeModel } from './decode.js';
import { GraphReader, NodeReader } from './in/reader.js';
import { OPERATORS } from './in/table.js';
import type { Activation } from './in/values.js';
import { ELEMENT, elementName, type OnnxFile, type OnnxValue } from './schema.js';

/** Versions of the operators that are understood. */
const OPSETS = { minimum: 11, maximum: 21 };
const MAXIMUM_SAMPLE_SIZE = 2 ** 28;
const LAYOUTS = ['file', 'NHWC'] as const;

export interface ImportOnnxOptions {
  /** Whether the layers are trained: all (true, the default), none (false: frozen), or those for whose name it says so. */
  trainable?: boolean | ((layer: string) => boolean);
  /**
   * Layout of inputs that are images: 'file' (the default), as the file has them, which for PyTorch is NCHW; or 'NHWC', as this
   * library has them.
   */
  inputLayout?: (typeof LAYOUTS)[number];
  /** Makes a new end: is given what the layer `until` makes, or else the model's first output, and returns the new output. */
  head?: (features: SymbolicTensor) => SymbolicTensor | readonly SymbolicTensor[];
  /** Name of the layer whose output goes to `head`, or is the model's output; what comes behind it is left out. */
  until?: string;
  /** Name of the model; 'onnx' by default. */
  name?: string;
  /** Seed of what is random in the new model; 0 by default. */
  seed?: number;
}

const OPTIONS = ['trainable', 'inputLayout', 'head', 'until', 'name', 'seed'];
const WHERE = 'importOnnx';

function checkImport(bytes: unknown, options: ImportOnnxOptions): asserts bytes is Uint8Array | ArrayBuffer {
  checkOptions(WHERE, options, OPTIONS);
  const { trainable = true, inputLayout = 'file', head, until } = options;
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) {
    throw new DataError(
      `${WHERE}: expected the bytes of a file (a Uint8Array or an ArrayBuffer), got ${describeValue(bytes)}.`,
    );
  }
  if (typeof trainable !== 'boolean' && typeof trainable !== 'function') {
    throw new OptionError(
      `${WHERE}: trainable must be true, false or a function of a layer's name, got ${describeValue(trainable)}.`,
    );
  }
  if (!LAYOUTS.includes(inputLayout)) unknownName(WHERE, 'inputLayout', String(inputLayout), LAYOUTS);
  if (head !== undefined && typeof head !== 'function') {
    throw new OptionError(`${WHERE}: head must be a function of the features, got ${describeValue(head)}.`);
  }
  if (until !== undefined && typeof until !== 'string') {
    throw new OptionError(`${WHERE}: until must be a layer's name, got ${describeValue(until)}.`);
  }
}

/** Version of ONNX's own operators; throws for a version or for operators that are not understood, all at once. */
function checkOperators(wire: WireReader, { opsets, graph }: OnnxFile): number {
  const opset = opsets.get('');
  if (opset === undefined || opset < OPSETS.minimum || opset > OPSETS.maximum) {
    wire.fail(
      0,
      `ONNX operators of version ${OPSETS.minimum} to ${OPSETS.maximum} (export with opset_version=17)`,
      String(opset),
    );
  }
  const nameOf = ({ domain, opType }: { domain: string; opType: string }) =>
    domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
  const odd = graph.nodes.filter((node) => !Object.hasOwn(OPERATORS, nameOf(node)));
  if (odd.length > 0) {
    const kinds = [...new Set(odd.map(nameOf))].sort();
    const first = odd[0]!;
    const shown = kinds.slice(0, 32).join(', ') + (kinds.length > 32 ? ` and ${kinds.length - 32} more` : '');
    wire.fail(
      first.offset,
      'operators that have layers here (docs/onnx.md lists them)',
      `${shown}; the first is node '${first.name || first.outputs[0]!}'. Export the model without them`,
    );
  }
  return opset;
}

const DTYPES: Readonly<Record<number, 'float32' | 'int32'>> = {
  [ELEMENT.float]: 'float32',
  [ELEMENT.float16]: 'float32',
  [ELEMENT.double]: 'float32',
  [ELEMENT.int32]: 'int32',
  [ELEMENT.int64]: 'int32',
};

/** An input of the graph: the symbolic input and how its axes lie. */
function readInput(wire: WireReader, value: OnnxValue, layout: (typeof LAYOUTS)[number]): Activation {
  const { name, dims, elementType, offset } = value;
  const fail = (expected: string, got: string): never => wire.fail(offset, `input '${name}' ${expected}`, got);
  const dtype = DTYPES[elementType] ?? fail('of float, float16, double, int32 or int64', elementName(elementType));
  if (!dims || dims.length === 0) return fail('with a shape that has a batch', dims ? 'a scalar' : 'no shape');
  // The side that is open is the batch; where none is, the first.
  const open = dims.findIndex((side) => typeof side !== 'number');
  const batch = Math.max(open, 0);
  const sides = dims.filter((_, i) => i !== batch);
  const shape = sides.map((side) =>
    typeof side === 'number' && Number.isSafeInteger(side) && side > 0
      ? side
      : fail(
          'with known sides but for the batch',
          `[${dims.map((one) => one ?? '?').join(', ')}]. Export with one dynamic axis`,
        ),
  );
  if (sizeOf(shape) > MAXIMUM_SAMPLE_SIZE)
    fail(`of at most ${MAXIMUM_SAMPLE_SIZE} values a sample`, `[${shape.join(', ')}]`);
  const places = dims.map((_, i) => (i === batch ? 0 : i < batch ? i + 1 : i));
  const isTurned = layout === 'NHWC' && dims.length === 4 && batch === 0;
  const order = isTurned ? channelsFirst(4) : places;
  const own: Shape = isTurned ? permuted(shape, [1, 2, 0]) : shape;
  return { kind: 'activation', tensor: input({ shape: own, dtype, ...(name !== '' && { name }) }), order };
}

/** The inputs that a value depends on. */
function reachable(ends: readonly SymbolicTensor[]): ReadonlySet<SymbolicTensor> {
  const seen = new Set<SymbolicTensor>();
  const open = [...ends];
  for (let value = open.pop(); value; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    open.push(...(value.producer?.inputs ?? []));
  }
  return seen;
}

/** The outputs of the new model: the file's, or what is put in their place. */
function outputsOf(
  wire: WireReader,
  reader: GraphReader,
  { head, until }: ImportOnnxOptions,
): readonly SymbolicTensor[] {
  const ends = (): SymbolicTensor[] =>
    reader.graph.outputs.map(({ name, offset }) => {
      const entry = reader.entries.get(name);
      if (entry?.kind !== 'activation')
        return wire.fail(
          offset,
          `output '${name}' to be made by a node from the inputs`,
          entry ? 'a constant' : 'nothing',
        );
      return new NodeReader(reader, {
        name,
        opType: 'output',
        domain: '',
        inputs: [name],
        outputs: [name],
        attributes: new Map(),
        offset,
      }).plain(entry).tensor;
    });
  const features =
    until === undefined
      ? ends()
      : [reader.layers.get(until) ?? unknownName(WHERE, 'layer', until, [...reader.layers.keys()].slice(0, 64))];
  if (features.length === 0) wire.fail(wire.bytes.length, 'at least one output', 'none');
  if (!head) return features;
  const made = head(features[0]!);
  const list = Array.isArray(made) ? (made as readonly SymbolicTensor[]) : [made as SymbolicTensor];
  if (list.length > 0 && list.every((end) => end instanceof SymbolicTensor)) return list;
  throw new OptionError(`${WHERE}: head must return what a layer returned, got ${describeValue(made)}.`);
}

/**
 * A model of an ONNX file: the layers are named after its nodes, and may be trained on. Freeze them with `trainable: false` and
 * put a new head on to fine-tune.
 *
 * Files of opset 11 to 21 with one dynamic side at most, the batch, are read, as PyTorch and this library write them. Operators
 * without a layer become layers of the kind `onnxOperator`; `loadModel` needs `{ custom: { layers: onnxLayers } }` for those.
 *
 * @throws FormatError with the byte, the node and what was expected: for a broken file, an opset out of range, external data,
 * and operators without a layer, all of which it lists.
 * @throws OptionError for an unknown option or layer.
 * @example
 * const classifier = importOnnx(bytes, { inputLayout: 'NHWC', trainable: false, head: (features) => dense(3)(features) });
 * classifier.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy' });
 */
export function importOnnx(bytes: Uint8Array | ArrayBuffer, options: ImportOnnxOptions = {}): Model {
  checkImport(bytes, options);
  const wire = new WireReader(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes, WHERE);
  const file = decodeModel(wire);
  const opset = checkOperators(wire, file);
  const { trainable = true, inputLayout = 'file', name = 'onnx', seed } = options;
  const isTrained = typeof trainable === 'function' ? (layer: string) => trainable(layer) : () => trainable;
  const reader = new GraphReader(wire, file.graph, { isTrained, opset });
  // Old files list initializers among the inputs too.
  const given = file.graph.inputs.filter((value) => !file.graph.initializers.has(value.name));
  const inputs = given.map((value) => {
    const activation = readInput(wire, value, inputLayout);
    if (reader.entries.has(value.name))
      wire.fail(value.offset, 'inputs with names of their own', `'${value.name}' again`);
    reader.entries.set(value.name, activation);
    return activation.tensor;
  });
  reader.read(OPERATORS);
  const outputs = outputsOf(wire, reader, options);
  const reached = reachable(outputs);
  const build = (): Model => {
    const used = inputs.filter((symbolic) => reached.has(symbolic));
    const made = functional({ inputs: used, outputs, name, ...(seed !== undefined && { seed }) });
    try {
      const known = made.parameters();
      made.setParameters(
        Object.fromEntries(Object.entries(reader.weights).filter(([path]) => Object.hasOwn(known, path))),
      );
    } catch (error) {
      made.dispose();
      throw error;
    }
    return made;
  };
  // With a head, what does not fit together need not be the file's.
  return options.head ? build() : guarded(wire, build);
}

/** Has what the model refuses be said of the file. */
function guarded<T>(wire: WireReader, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const isOfFile = error instanceof WasmgradError && error.code !== 'MEMORY_LIMIT' && !(error instanceof FormatError);
    if (!isOfFile) throw error;
    throw new FormatError(`${wire.where}: byte 0: expected layers that make a model, got: ${error.message}`, 0, {
      cause: error,
    });
  }
}
