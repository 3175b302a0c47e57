// What the programs give back, on whatever runtime.

/** A run of a program. */
export interface Outcome {
  /** SHA-256 of the weights after training, in the order of their layers. */
  weights: string;
  /**
   * SHA-256 of what the trained model predicts for the training data, with its float32 and with int8 weights, of the figures of all epochs, of the learning rates, and of
   * what else the host computes in float64.
   */
  outputs: string;
  stepMilliseconds: number;
  /** Threads that shared the work, which may be fewer than were asked for. */
  threads: number;
  /** What the library said on the console. */
  warnings: string[];
}

/** What to run. */
export interface Task {
  program: string;
  threads: number;
}

/** What a host knows of itself: of the runtime, and of its engine where it tells. */
export interface HostVersion {
  version: string;
  engine?: string;
}
