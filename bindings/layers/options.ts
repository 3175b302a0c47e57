// Options that layers share: name, shape, whether they are trained, and how each kind of weight is initialised,
// regularised and constrained. A layer names its kinds of weight (`kernel`, `bias`); the options follow from the names.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { resolveConstraint, type ConstraintOption } from '../constraints/index.js';
import { resolveInitializer, type InitializerName } from '../initializers/index.js';
import type { Initializer } from '../initializers/initializer.js';
import { resolveRegularizer, type RegularizerOption } from '../regularizers/index.js';
import { configOf, type NamedConfig } from '../runtime/named.js';
import { checkOptions } from '../runtime/suggest.js';
import { activationConfig, resolveActivation, type Activation } from './activations.js';
import type { BuildContext, CallContext, LayerDefinition, ParameterOptions } from './layer.js';
import { TiedParameter } from './tie.js';

/** Options of every layer. */
export interface LayerOptions {
  /** Shape of one sample, for the first layer of a `sequential` model. */
  inputShape?: Shape;
  name?: string;
}

/** Options of every layer that has parameters. */
export interface TrainableOptions extends LayerOptions {
  /** False: the parameters are frozen, no gradient, update or decay touches them; true by default. */
  trainable?: boolean;
}

/** An initialiser, its name, or the parameter whose storage is shared. */
export type InitializerOption = Initializer | InitializerName | NamedConfig | TiedParameter;

/** Options of a layer whose kinds of weight are `Role`: `kernelInitializer`, `kernelRegularizer`, `kernelConstraint` ... */
export type WeightOptions<Role extends string> = { [R in Role as `${R}Initializer`]?: InitializerOption } & {
  [R in Role as `${R}Regularizer`]?: RegularizerOption;
} & { [R in Role as `${R}Constraint`]?: ConstraintOption };

/** Options of what is done with a layer's result. */
export interface OutputOptions {
  /** Applied to the result; linear by default. */
  activation?: Activation;
  /** Adds its penalty of the layer's output, divided by the batch size, to the loss. */
  activityRegularizer?: RegularizerOption;
}

/** Everything that a layer with weights is told about them. */
export interface ResolvedLayer<Role extends string> {
  /** How errors name the layer. */
  where: string;
  /** For the definition. */
  base: Pick<LayerDefinition, 'name' | 'inputShape'>;
  /** For the definition's `config`. */
  config: Record<string, unknown>;
  /** Declares a parameter of one kind. */
  declare(context: BuildContext, role: Role, shape: Shape, name?: string): void;
  /** Applies activation and activity regulariser to the layer's result. */
  finish(result: Tensor, context: CallContext): Tensor;
}

/**
 * Checks the options of a layer and resolves the shared ones.
 *
 * @param roles The kinds of weight with their default initialisers.
 * @param own The layer's other options.
 */
export function resolveLayer<Role extends string>(
  kind: string,
  options: object,
  roles: Readonly<Record<Role, InitializerOption>>,
  own: readonly string[] = [],
): ResolvedLayer<Role> {
  const given = options as TrainableOptions & OutputOptions & Record<string, unknown>;
  const names = Object.keys(roles) as Role[];
  const where = given.name ?? kind;
  const ofRoles = names.flatMap((role) => [`${role}Initializer`, `${role}Regularizer`, `${role}Constraint`]);
  checkOptions(where, options, ['name', 'inputShape', 'trainable', ...ofRoles, ...own]);
  const weights = new Map(names.map((role) => [role, resolveWeight(where, role, given, roles[role])]));
  const output = resolveOutput(where, given);
  const { name, inputShape, trainable = true } = given;
  return {
    where,
    base: { ...(name !== undefined && { name }), ...(inputShape && { inputShape }) },
    config: Object.assign(
      { ...(!trainable && { trainable }), ...output.config },
      ...[...weights.values()].map((weight) => weight.config),
    ) as Record<string, unknown>,
    declare(context, role, shape, parameterName = role) {
      const { initializer, settings } = weights.get(role)!;
      context.parameter(parameterName, shape, initializer, { ...settings, trainable });
    },
    finish: output.finish,
  };
}

interface ResolvedWeight {
  initializer: Initializer | TiedParameter;
  settings: ParameterOptions;
  config: Record<string, NamedConfig>;
}

function resolveWeight(
  where: string,
  role: string,
  options: Readonly<Record<string, unknown>>,
  defaultInitializer: InitializerOption,
): ResolvedWeight {
  const option = (options[`${role}Initializer`] ?? defaultInitializer) as InitializerOption;
  const initializer = option instanceof TiedParameter ? option : resolveInitializer(where, option);
  const givenRegularizer = options[`${role}Regularizer`] as RegularizerOption | undefined;
  const givenConstraint = options[`${role}Constraint`] as ConstraintOption | undefined;
  const regularizer = givenRegularizer && resolveRegularizer(where, givenRegularizer);
  const constraint = givenConstraint && resolveConstraint(where, givenConstraint);
  return {
    initializer,
    settings: { ...(regularizer && { regularizer }), ...(constraint && { constraint }) },
    config: {
      [`${role}Initializer`]: configOf(initializer),
      ...(regularizer && { [`${role}Regularizer`]: configOf(regularizer) }),
      ...(constraint && { [`${role}Constraint`]: configOf(constraint) }),
    },
  };
}

function resolveOutput(where: string, options: OutputOptions) {
  const { activation, activityRegularizer } = options;
  const activate = resolveActivation(where, activation ?? 'linear');
  const regularizer = activityRegularizer && resolveRegularizer(where, activityRegularizer);
  return {
    config: {
      ...(activation !== undefined && { activation: activationConfig(activation) }),
      ...(regularizer && { activityRegularizer: configOf(regularizer) }),
    },
    finish(result: Tensor, { addLoss }: CallContext): Tensor {
      const activated = activate(result);
      if (regularizer) addLoss(regularizer.penalty(activated).mul(1 / activated.shape[0]!));
      return activated;
    },
  };
}
