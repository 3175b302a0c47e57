// The orders of epochs: those that `fit` draws for the same model.

import { EpochOrder } from '../model/epochOrder.js';
import { Session } from '../model/session.js';
import type { TrainerParts } from '../model/trainer.js';

export class Orders {
  private readonly session: Session;
  private readonly order: EpochOrder;

  constructor({ runtime, store }: TrainerParts) {
    this.session = new Session(runtime, store);
    this.order = new EpochOrder(runtime, store, this.session);
  }

  /** The numbers of all samples in the order of an epoch. */
  of(epoch: number, count: number, isShuffled: boolean): Int32Array {
    this.order.begin(epoch);
    return this.order.write('order', count, isShuffled).slice();
  }

  dispose(): void {
    this.order.dispose();
    this.session.dispose();
  }
}
