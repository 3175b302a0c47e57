import { WasmgradError } from '../runtime/errors.js';

/**
 * A member of `fitDistributed` whose loss or state stopped being finite. The model keeps the average of the round before.
 * `cause` is the NotFiniteError of the member, which names the operation, where its loss was the first to go.
 */
export class MemberNotFiniteError extends WasmgradError {
  constructor(
    /** Number of the member, from 0. */
    readonly member: number,
    /** Number of the round in its epoch, from 0. */
    readonly round: number,
    readonly epoch: number,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(
      'NOT_FINITE',
      `fitDistributed: member ${member} in round ${round} of epoch ${epoch}: ${reason} ` +
        'The model keeps the average of the round before. Lower the learning rate, clip gradients, or average more often (every).',
      options,
    );
  }
}
