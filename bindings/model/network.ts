// The layers of a model and how they are connected: from symbolic outputs back to inputs, then traced in order.

import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import type { Initializer } from '../initializers/initializer.js';
import { callLayer, type AnyLayer, type LayerCall, type ParameterSpec, type SymbolicTensor } from '../layers/layer.js';
import { TiedParameter } from '../layers/tie.js';
import { OptionError, StateError } from '../runtime/errors.js';

/** A layer and the name that it has in the model. */
export interface NamedLayer {
  name: string;
  layer: AnyLayer;
  /** Its first output of the first call. */
  output: SymbolicTensor;
}

/** A parameter that has storage of its own, with its path in the model, such as `dense_1/kernel`. */
export interface NamedParameter extends ParameterSpec {
  path: string;
  initializer: Initializer;
}

/** A parameter that looks at the storage of another. */
export interface Tie {
  /** Path of the parameter that has the storage. */
  source: string;
  transpose: boolean;
}

/** How the network reads and changes the model's memory while it is traced. */
export interface TraceOptions {
  training: boolean;
  stochastic: boolean;
  /** The tensor of a parameter with storage, by path. */
  parameter(path: string): Tensor;
  assign(path: string, value: Tensor): void;
  /** Told of every call of a layer, in the order of the trace. */
  onLayer?(name: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): void;
}

export interface TracedNetwork {
  outputs: readonly Tensor[];
  /** Which positions of each output count; undefined where all do. */
  masks: readonly (Tensor | undefined)[];
  /** Scalars that layers add to the loss. */
  penalties: readonly Tensor[];
}

/** Layers that belong to a model: their parameters' values live there, so they cannot be used in a second one. */
const owned = new WeakSet<AnyLayer>();

export class Network {
  readonly layers: readonly NamedLayer[];
  readonly inputNames: readonly string[];
  /** What outputs are called in data, history and errors: the layer that makes them, with a number where it makes several. */
  readonly outputNames: readonly string[];
  readonly parameters: readonly NamedParameter[];
  /** Tied parameters by path. */
  readonly ties: ReadonlyMap<string, Tie>;
  /** Every call of a layer, producers first. */
  readonly calls: readonly LayerCall[];
  private readonly nameOf = new Map<AnyLayer, string>();

  constructor(
    readonly inputs: readonly SymbolicTensor[],
    readonly outputs: readonly SymbolicTensor[],
  ) {
    this.calls = collectCalls(inputs, outputs);
    this.layers = this.nameLayers();
    const taken = this.layers.find(({ layer }) => owned.has(layer));
    if (taken) {
      throw new StateError(
        `Layer ${taken.name} belongs to another model already. Make a new layer, or share it inside one model.`,
      );
    }
    this.inputNames = inputs.map((input, i) => input.name ?? `input_${i + 1}`);
    const twice = this.inputNames.find((name, i) => this.inputNames.indexOf(name) !== i);
    if (twice !== undefined) throw new OptionError(`Two inputs are named '${twice}'. Give them different names.`);
    this.outputNames = this.nameOutputs();
    const declared = this.layers.flatMap(({ layer, name }) =>
      layer.parameters.map((spec) => ({ ...spec, path: `${name}/${spec.name}` })),
    );
    this.parameters = declared.filter((spec): spec is NamedParameter => !(spec.initializer instanceof TiedParameter));
    this.ties = new Map(
      declared.flatMap(({ path, initializer }) =>
        initializer instanceof TiedParameter ? [[path, this.resolveTie(path, initializer)]] : [],
      ),
    );
    for (const { layer } of this.layers) owned.add(layer);
  }

  /** Traces all layers. A layer called twice is traced twice with the same parameters: its gradients add up. */
  trace(graph: Graph, inputTensors: readonly Tensor[], options: TraceOptions): TracedNetwork {
    const values = new Map<SymbolicTensor, Tensor>();
    const masks = new Map<SymbolicTensor, Tensor>();
    const penalties: Tensor[] = [];
    this.inputs.forEach((input, i) => values.set(input, inputTensors[i]!));
    for (const { layer, inputs, outputs } of this.calls) {
      const name = this.nameOf.get(layer)!;
      const setMask = (mask: Tensor | undefined, output = 0): void => {
        if (mask) masks.set(outputs[output]!, mask);
        else masks.delete(outputs[output]!);
      };
      if (layer.definition.passesMask) setMask(masks.get(inputs[0]!));
      const tensors = inputs.map((input) => values.get(input)!);
      const traced = callLayer(layer, name, tensors, {
        graph,
        training: options.training,
        stochastic: options.stochastic,
        parameter: (parameter) => this.read(`${name}/${parameter}`, options),
        assign: (parameter, value) => options.assign(`${name}/${parameter}`, value),
        mask: (input = 0) => masks.get(inputs[input]!),
        setMask,
        addLoss: (penalty) => penalties.push(penalty),
      });
      outputs.forEach((output, i) => values.set(output, traced.outputs[i]!));
      options.onLayer?.(name, tensors, traced.outputs);
    }
    return {
      outputs: this.outputs.map((output) => values.get(output)!),
      masks: this.outputs.map((output) => masks.get(output)),
      penalties,
    };
  }

  private read(path: string, { parameter }: TraceOptions): Tensor {
    const tied = this.ties.get(path);
    if (!tied) return parameter(path);
    const source = parameter(tied.source);
    if (!tied.transpose) return source;
    const axes = source.shape.map((_, axis) => axis);
    return source.transpose([...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
  }

  /** Follows a tie to the parameter that has the storage. */
  private resolveTie(path: string, { source, transpose }: TiedParameter): Tie {
    const owner = this.nameOf.get(source.layer);
    if (owner === undefined) {
      const { kind, name = kind } = source.layer.definition;
      throw new StateError(
        `${path}: tied to ${name}/${source.name}, but that layer is not part of the model. Use it in the same model.`,
      );
    }
    const { initializer } = source.layer.parameters.find(({ name }) => name === source.name)!;
    if (!(initializer instanceof TiedParameter)) return { source: `${owner}/${source.name}`, transpose };
    const beyond = this.resolveTie(path, initializer);
    return { source: beyond.source, transpose: beyond.transpose !== transpose };
  }

  private nameOutputs(): string[] {
    const names: string[] = [];
    for (const { producer, name = 'input' } of this.outputs) {
      const base = (producer && this.nameOf.get(producer.layer)) ?? name;
      let unique = base;
      for (let number = 2; names.includes(unique); number++) unique = `${base}_output_${number}`;
      names.push(unique);
    }
    return names;
  }

  private nameLayers(): NamedLayer[] {
    const counts = new Map<string, number>();
    const taken = new Set<string>();
    const given = new Set(this.calls.map(({ layer }) => layer.definition.name));
    const named: NamedLayer[] = [];
    for (const { layer, outputs } of this.calls) {
      if (this.nameOf.has(layer)) continue;
      const { kind, name } = layer.definition;
      let number = (counts.get(kind) ?? 0) + 1;
      // A layer may have been given such a name, in a model that was imported for one.
      while (name === undefined && given.has(`${kind}_${number}`)) number++;
      if (name === undefined) counts.set(kind, number);
      const unique = name ?? `${kind}_${number}`;
      if (taken.has(unique)) throw new OptionError(`Two layers are named '${unique}'. Give them different names.`);
      taken.add(unique);
      this.nameOf.set(layer, unique);
      named.push({ name: unique, layer, output: outputs[0]! });
    }
    return named;
  }
}

/** Every layer call between inputs and outputs, producers first. */
function collectCalls(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): LayerCall[] {
  const calls = new Set<LayerCall>();
  const reached = new Set<SymbolicTensor>();
  const visit = (tensor: SymbolicTensor): void => {
    if (inputs.includes(tensor)) {
      reached.add(tensor);
      return;
    }
    const { producer } = tensor;
    if (!producer) {
      throw new OptionError(
        `model: an output depends on input '${tensor.name ?? 'unnamed'}', which is not in inputs. List it there.`,
      );
    }
    if (calls.has(producer)) return;
    producer.inputs.forEach(visit);
    calls.add(producer);
  };
  outputs.forEach(visit);
  const unused = inputs.findIndex((input) => !reached.has(input));
  if (unused >= 0) throw new OptionError(`model: no output depends on input ${unused}. Remove it from inputs.`);
  return [...calls];
}
