// What is said of a kind of layer to read and write it in Keras' form.

import type { Shape } from '../../graph/shape.js';
import type { LayerKind } from '../../layers/index.js';
import { OptionError } from '../../runtime/errors.js';
import { codecOf, snakeCase, withoutNulls, type Fields } from './names.js';

/** A layer of ours without its name. */
export interface OwnLayer {
  kind: LayerKind;
  config: Fields;
}

export interface ReadContext {
  /** How errors name the place. */
  path: string;
  /** Shapes of the samples that it is called with. */
  inputs: readonly Shape[];
  /** Reads a layer within the layer. */
  readLayer(value: unknown, path: string, inputs: readonly Shape[]): OwnLayer;
}

export interface WriteContext {
  path: string;
  inputs: readonly Shape[];
  writeLayer(layer: OwnLayer, name: string, inputs: readonly Shape[]): { class_name: string; config: Fields };
}

/** One kind of layer, and Keras' class of it. */
export interface Translation {
  kind: LayerKind;
  className: string;
  /** Options that differ from Keras' by nothing but the way in which names are written. */
  options?: readonly string[];
  /** What else a layer of ours has, out of Keras' config without its nulls. May refuse what we do not have. */
  read?(config: Fields, context: ReadContext, withNulls: Fields): Fields;
  /** What else Keras' config has, out of ours. May refuse what TensorFlow.js does not have. */
  write?(config: Fields, context: WriteContext): Fields;
  /** Keras' shape of a parameter, where it has the same values in another shape. */
  weightShape?(parameter: string, shape: Shape, inputs: readonly Shape[]): Shape;
  /** False: files with the class are read, but another entry of the kind is written. */
  isWritten?: false;
}

/** Names of the options of weights: `weightOptions('kernel', 'bias')`. */
export const weightOptions = (...roles: readonly string[]): string[] =>
  roles.flatMap((role) => [`${role}Initializer`, `${role}Regularizer`, `${role}Constraint`]);

/** Our config of Keras' config. */
export function readConfig({ options = [], read }: Translation, given: Fields, context: ReadContext): Fields {
  const config = withoutNulls(given);
  const own: [string, unknown][] = options.flatMap((option) => {
    const name = snakeCase(option);
    if (!Object.hasOwn(config, name)) return [];
    return [[option, codecOf(option).read(config[name], `${context.path}.${name}`)]];
  });
  return { ...Object.fromEntries(own), ...read?.(config, context, given) };
}

/** Keras' config of ours. */
export function writeConfig({ options = [], write }: Translation, config: Fields, context: WriteContext): Fields {
  if (config.activityRegularizer !== undefined) {
    refuse(context.path, 'activityRegularizer that it would load', 'Leave it out, or regularise the kernel.');
  }
  const entries = options.flatMap((option): [string, unknown][] => {
    if (config[option] === undefined) return [];
    return [[snakeCase(option), codecOf(option).write(config[option], `${context.path}: ${option}`)]];
  });
  return { ...Object.fromEntries(entries), ...write?.(config, context) };
}

/** Refuses a model of ours that TensorFlow.js can't have. */
export function refuse(path: string, what: string, fix: string): never {
  throw new OptionError(`${path}: TensorFlow.js has no ${what}. ${fix}`);
}
