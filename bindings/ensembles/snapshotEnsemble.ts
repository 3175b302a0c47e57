import { cosineBetween } from '../schedules/cosineDecay.js';
import { copyParameters } from '../model/callbacks/weights.js';
import type { Model } from '../model/model.js';
import { OptionError } from '../runtime/errors.js';
import { checkNumber, describeValue } from '../runtime/suggest.js';
import type { Callback } from '../model/history.js';
import { buildMember, checkBuilder, resolveEnsemble, type EnsembleOptions } from './builders.js';
import { Ensemble, type FitContext } from './ensemble.js';
import { ModelEstimator, type Estimator } from './estimator.js';

export interface SnapshotOptions extends Omit<EnsembleOptions, 'fit'> {
  /** Makes a compiled model. Each call must give the same architecture. */
  build: (seed: number, index: number) => Model;
  /** Snapshots: warm restarts of the learning rate; 5 by default. */
  cycles?: number;
  /** Epochs from a restart to the snapshot. */
  epochsPerCycle: number;
  /** What `fit` is given beside its epochs. */
  fit?: Omit<NonNullable<EnsembleOptions['fit']>, 'epochs' | 'initialEpoch'>;
}

/**
 * Several models for the price of one training: the learning rate falls along half a cosine and jumps back, and the weights at the
 * end of each cycle are a member. Huang et al., "Snapshot ensembles: train 1, get M for free", 2017.
 *
 * The rate is set before each epoch: rate (1 + cos(pi t / epochsPerCycle)) / 2 in epoch t of a cycle, where the rate is that of the
 * optimiser with its schedule.
 *
 * @throws OptionError for options that can't be.
 * @example
 * const snapshots = snapshotEnsemble({ task: 'classification', build: makeCnn, cycles: 5, epochsPerCycle: 8, fit: { batchSize: 64 } });
 * await snapshots.fit(x, y);
 */
export function snapshotEnsemble(options: SnapshotOptions): Ensemble {
  const where = 'snapshotEnsemble';
  const { task, fit, seed } = resolveEnsemble(where, options, ['build', 'cycles', 'epochsPerCycle']);
  const { build, cycles = 5, epochsPerCycle } = options;
  checkBuilder(where, 'build', build);
  checkNumber(where, 'cycles', cycles, { minimum: 1, integer: true });
  checkNumber(where, 'epochsPerCycle', epochsPerCycle, { minimum: 1, integer: true });
  const followCosine: Callback = {
    onEpochBegin(epoch, { model }) {
      model.learningRateFactor = cosineBetween(1, 0, (epoch % epochsPerCycle) / epochsPerCycle);
    },
  };
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const members: Estimator[] = [];
      const callbacks = [...(fit.callbacks ?? []), followCosine];
      const trained = modelOf(buildMember(context, build, 0, { ...fit, callbacks, epochs: epochsPerCycle }));
      for (let cycle = 0; cycle < cycles; cycle++) {
        await trained.fit(context.x, context.y, { signal: context.signal });
        const member = modelOf(buildMember(context, () => build(context.seedOf(0), 0), 0, fit));
        member.model.build(context.x.sampleShape);
        member.model.setParameters(copyParameters(trained.model));
        members.push(member);
        context.progress(cycles);
      }
      return { members, combination: { kind: 'average', weights: members.map(() => 1) } };
    },
  });
}

function modelOf(estimator: Estimator): ModelEstimator {
  if (estimator instanceof ModelEstimator) return estimator;
  throw new OptionError(`snapshotEnsemble: build must return a compiled model, got ${describeValue(estimator)}.`);
}
