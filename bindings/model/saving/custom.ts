// What a saved model needs of its user when it is loaded: things that the library can't make by name.

import { activationNames, type Activation } from '../../layers/activations.js';
import type { Constraint } from '../../constraints/constraint.js';
import { constraintNames } from '../../constraints/index.js';
import type { Initializer } from '../../initializers/initializer.js';
import { INITIALIZERS } from '../../initializers/index.js';
import { isLayer, type AnyLayer } from '../../layers/layer.js';
import { LAYER_KINDS } from '../../layers/index.js';
import type { Loss, LossFunction } from '../../losses/loss.js';
import type { MetricOption } from '../../metrics/index.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import { optimizerMakers } from '../../optimizers/index.js';
import type { Regularizer } from '../../regularizers/regularizer.js';
import { regularizerNames } from '../../regularizers/index.js';
import { OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue, nearestName } from '../../runtime/suggest.js';

type Makers<T> = Readonly<Record<string, (config: never) => T>>;

/** Things of one's own by the name that they had when the model was saved. */
export interface CustomObjects {
  /** Make a layer of its config, by kind. The config has `name` and `inputShape` too, where the layer had them. */
  layers?: Makers<AnyLayer>;
  /** Functions, by the name of the function. */
  activations?: Readonly<Record<string, Extract<Activation, (...given: never[]) => unknown>>>;
  losses?: Readonly<Record<string, Loss | LossFunction>>;
  metrics?: Readonly<Record<string, MetricOption>>;
  /** Make the thing of its config, by name. */
  initializers?: Makers<Initializer>;
  regularizers?: Makers<Regularizer>;
  constraints?: Makers<Constraint>;
  optimizers?: Makers<Optimizer>;
}

export type CustomKind = keyof CustomObjects;

/** Of each kind: what one of them is called, and those that the library makes by name. */
const KINDS: Readonly<Record<CustomKind, { one: string; known: readonly string[] }>> = {
  layers: { one: 'kind of layer', known: LAYER_KINDS },
  activations: { one: 'activation', known: activationNames },
  losses: { one: 'loss', known: [] },
  metrics: { one: 'metric', known: [] },
  initializers: { one: 'initializer', known: Object.keys(INITIALIZERS) },
  regularizers: { one: 'regularizer', known: regularizerNames },
  constraints: { one: 'constraint', known: constraintNames },
  optimizers: { one: 'optimizer', known: Object.keys(optimizerMakers) },
};

/** The file needs a thing of the user's own that was not given. */
export class MissingObjectError extends OptionError {}

export function checkCustom(where: string, custom: CustomObjects): void {
  checkOptions(`${where}: custom`, custom, Object.keys(KINDS));
  for (const kind of Object.keys(custom) as CustomKind[]) {
    const given: unknown = custom[kind] ?? {};
    if (given !== null && typeof given === 'object') continue;
    throw new OptionError(`${where}: custom.${kind} must be an object of things by name, got ${describeValue(given)}.`);
  }
}

/** The thing of a name that the user gave; undefined where the library has one and the user none. */
export function findCustom<K extends CustomKind>(
  where: string,
  custom: CustomObjects,
  kind: K,
  name: string,
): NonNullable<CustomObjects[K]>[string] | undefined {
  const given = (custom[kind] ?? {}) as Record<string, NonNullable<CustomObjects[K]>[string]>;
  if (Object.hasOwn(given, name)) return given[name];
  const { one, known } = KINDS[kind];
  if (known.includes(name)) return undefined;
  const nearest = nearestName(name, Object.keys(given));
  const hint = nearest ? ` Given was '${nearest}'.` : '';
  throw new MissingObjectError(
    `${where}: the file has the ${one} '${name}', which is not the library's.${hint} ` +
      `Give it: { custom: { ${kind}: { ${JSON.stringify(name)}: ... } } }.`,
  );
}

/** Calls a user's maker and checks that a layer came of it. */
export function makeCustomLayer(
  where: string,
  make: (config: never) => AnyLayer,
  kind: string,
  config: object,
): AnyLayer {
  const made: unknown = make(config as never);
  if (isLayer(made) && made.definition.kind === kind) return made;
  const got = isLayer(made) ? `a layer of kind '${made.definition.kind}'` : describeValue(made);
  throw new OptionError(`${where}: custom.layers.${kind} must make a layer of kind '${kind}', got ${got}.`);
}
