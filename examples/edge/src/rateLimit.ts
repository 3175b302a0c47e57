import { LIMITS } from './limits.js';
import { Problem } from './problem.js';

export type Action = keyof typeof LIMITS.rates;

/** A token bucket for each action of one user. Lives as long as the user's object: what is forgotten with it is a pause anyway. */
export class RateLimit {
  private readonly buckets = new Map<Action, { tokens: number; at: number }>();

  /** @throws Problem if the user has to wait. */
  take(action: Action, now: number): void {
    const { perMinute, burst } = LIMITS.rates[action];
    const { tokens, at } = this.buckets.get(action) ?? { tokens: burst, at: now };
    const filled = Math.min(burst, tokens + ((now - at) * perMinute) / 60_000);
    this.buckets.set(action, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    if (filled >= 1) return;
    const seconds = Math.ceil(((1 - filled) * 60) / perMinute);
    throw new Problem('too-many-requests', `At most ${perMinute} times ${action} a minute. Wait ${seconds} s.`, {
      'retry-after': String(seconds),
    });
  }
}
