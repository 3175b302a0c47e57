// The layers of a model and how they are connected: from symbolic outputs back to inputs, then traced in order.

import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import type { SymbolicTensor } from '../layers/layer.js';
import type { Layer, ParameterSpec } from '../layers/layer.js';
import { OptionError, StateError } from '../runtime/errors.js';

/** A layer and the name that it has in the model. */
export interface NamedLayer {
  name: string;
  layer: Layer;
  /** Its output of the first call. */
  output: SymbolicTensor;
}

/** A parameter with its path in the model, such as `dense_1/kernel`. */
export interface NamedParameter extends ParameterSpec {
  path: string;
}

/** Layers that belong to a model: their parameters' values live there, so they cannot be used in a second one. */
const owned = new WeakSet<Layer>();

export class Network {
  readonly layers: readonly NamedLayer[];
  readonly inputNames: readonly string[];
  /** What outputs are called in data, history and errors: the layer that makes them, with a number where it makes several. */
  readonly outputNames: readonly string[];
  readonly parameters: readonly NamedParameter[];
  private readonly calls: readonly SymbolicTensor[];
  private readonly nameOf = new Map<Layer, string>();

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
    for (const { layer } of this.layers) owned.add(layer);
    this.parameters = this.layers.flatMap(({ layer, name }) =>
      layer.parameters.map((spec) => ({ ...spec, path: `${name}/${spec.name}` })),
    );
  }

  /** Traces all layers. A layer called twice is traced twice with the same parameters: its gradients add up. */
  trace(
    graph: Graph,
    inputTensors: readonly Tensor[],
    options: { training: boolean; parameter: (path: string) => Tensor },
  ): Tensor[] {
    const values = new Map<SymbolicTensor, Tensor>();
    this.inputs.forEach((input, i) => values.set(input, inputTensors[i]!));
    for (const call of this.calls) {
      const { layer, inputs } = call.producer!;
      const name = this.nameOf.get(layer)!;
      const output = graph.withScope(name, () =>
        layer.definition.call(
          inputs.map((input) => values.get(input)!),
          { graph, training: options.training, parameter: (parameter) => options.parameter(`${name}/${parameter}`) },
        ),
      );
      values.set(call, output);
    }
    return this.outputs.map((output) => values.get(output)!);
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
    const named: NamedLayer[] = [];
    for (const call of this.calls) {
      const { layer } = call.producer!;
      if (this.nameOf.has(layer)) continue;
      const { kind, name } = layer.definition;
      const number = (counts.get(kind) ?? 0) + 1;
      if (name === undefined) counts.set(kind, number);
      const unique = name ?? `${kind}_${number}`;
      if (taken.has(unique)) throw new OptionError(`Two layers are named '${unique}'. Give them different names.`);
      taken.add(unique);
      this.nameOf.set(layer, unique);
      named.push({ name: unique, layer, output: call });
    }
    return named;
  }
}

/** Every layer call between inputs and outputs, producers first. */
function collectCalls(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): SymbolicTensor[] {
  const seen = new Set<SymbolicTensor>(inputs);
  const calls: SymbolicTensor[] = [];
  const reached = new Set<SymbolicTensor>();
  const visit = (tensor: SymbolicTensor): void => {
    if (inputs.includes(tensor)) reached.add(tensor);
    if (seen.has(tensor)) return;
    seen.add(tensor);
    if (!tensor.producer) {
      throw new OptionError(
        `model: an output depends on input '${tensor.name ?? 'unnamed'}', which is not in inputs. List it there.`,
      );
    }
    tensor.producer.inputs.forEach(visit);
    calls.push(tensor);
  };
  outputs.forEach(visit);
  const unused = inputs.findIndex((input) => !reached.has(input));
  if (unused >= 0) throw new OptionError(`model: no output depends on input ${unused}. Remove it from inputs.`);
  return calls;
}
