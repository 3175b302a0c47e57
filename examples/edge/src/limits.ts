// What a user may ask for. An isolate has 128 MB in all, and CPU time is what an edge platform bills.

export const LIMITS = {
  /** Bytes of a body, counted while it is read. */
  bodyBytes: 2_000_000,
  rows: 20_000,
  columns: 256,
  classes: 64,
  hiddenLayers: 3,
  units: 128,
  epochs: 500,
  budgetMilliseconds: { minimum: 5, maximum: 10_000, usual: 500 },
  /** Requests of a user a minute, and how many may come at once. */
  rates: {
    train: { perMinute: 12, burst: 4 },
    predict: { perMinute: 600, burst: 60 },
  },
  /** Of linear memory. */
  memoryBytes: 64e6,
} as const;
