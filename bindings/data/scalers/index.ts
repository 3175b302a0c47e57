// Scalers from their configuration, for what is stored beside a model.

import { StateError } from '../../runtime/errors.js';
import { resolveNamed, type Maker, type NamedConfig } from '../../runtime/named.js';
import { minMaxScaler } from './minMaxScaler.js';
import { robustScaler } from './robustScaler.js';
import type { Scaler, ScalerState } from './scaler.js';
import { standardScaler } from './standardScaler.js';

export const SCALERS: Readonly<Record<string, Maker<Scaler>>> = { minMaxScaler, robustScaler, standardScaler };

/** A scaler in JSON: its name, its options, and what it learned. */
export interface ScalerConfig extends NamedConfig {
  readonly state?: ScalerState | undefined;
}

/**
 * A scaler from { name, config, state }, as `JSON.parse(JSON.stringify(scaler))` gives it.
 *
 * @throws OptionError for an unknown name or option, StateError for a state of another kind.
 * @example scalerFromConfig(JSON.parse(JSON.stringify(standardScaler().fit(x)))).transform(xTest)
 */
export function scalerFromConfig(given: ScalerConfig): Scaler {
  if (given === null || typeof given !== 'object') {
    throw new StateError(
      'scalerFromConfig: expected { name, config, state }. Give what JSON.stringify made of a scaler.',
    );
  }
  const { name, config, state } = given;
  const scaler = resolveNamed('scalerFromConfig', 'scaler', { name, config }, SCALERS);
  return state ? scaler.load(state) : scaler;
}
