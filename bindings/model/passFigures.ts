// What a pass over data has found so far: sums of losses and metrics, rows that metrics keep, and how far it is.

import type { Logs } from './history.js';
import { StateError } from '../runtime/errors.js';
import { rowRegions } from './figures.js';
import type { PlannedStep, Session } from './session.js';
import { SUMS } from './step.js';

/** Where a pass over the training data stands, between two batches. */
export interface PassPosition {
  /** Batches done. */
  batch: number;
  samples: number;
  /** Sums of loss and metrics so far. */
  sums: Float64Array;
  /** Rows that metrics have kept so far, by region. */
  rows: Readonly<Record<string, Float32Array>>;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Rows that a pass had kept where it is resumed. */
function keptRows({ rows, samples }: PassPosition, region: string, width: number): Float32Array {
  const kept = Object.hasOwn(rows, region) ? rows[region]! : undefined;
  if (kept?.length === samples * width) return kept;
  throw new StateError('fit: resume: the metrics are not those of the run that is resumed. Compile as before.');
}

export class PassFigures {
  samples = 0;
  batches = 0;
  private sums: { block: string; slots: PlannedStep['sums'] } = { block: '', slots: [] };
  /** Reads the rows that the pass has kept so far, by region. */
  private rows: { slots: PlannedStep['rows']; read: (region: string, width: number) => Float32Array } = {
    slots: [],
    read: () => new Float32Array(0),
  };
  /** Rows of a stream's batches, by region: they leave linear memory with their batch. */
  private collected = new Map<string, Float32Array[]>();

  constructor(private readonly session: Session) {}

  /** A pass over data in linear memory, whose rows lie side by side there. */
  begin(prefix: string, step: PlannedStep, start?: PassPosition): void {
    this.beginSums(prefix, step, start);
    for (const [region, width] of start ? rowRegions(step.rows) : []) {
      this.session.write(prefix + region, { data: keptRows(start!, region, width) });
    }
    const read = (region: string, width: number) => this.session.readRows(prefix + region, width, this.samples);
    this.rows = { slots: step.rows, read };
  }

  /** A pass over batches that come one by one: after each `collect`. */
  beginStream(prefix: string, step: PlannedStep, start?: PassPosition): void {
    this.beginSums(prefix, step, start);
    this.collected = new Map();
    for (const [region, width] of start ? rowRegions(step.rows) : []) {
      this.collected.set(region, [keptRows(start!, region, width)]);
    }
    this.rows = { slots: step.rows, read: (region) => concatenate(this.collected.get(region)!) };
  }

  /** Takes over what a batch of a stream has found in blocks of its own. */
  collect(prefix: string, batchPrefix: string, { sums, rows, batchSize }: PlannedStep): void {
    this.session.moveSums(batchPrefix + SUMS, prefix + SUMS, sums);
    for (const [region, width] of rowRegions(rows)) {
      const parts = this.collected.get(region) ?? [];
      parts.push(this.session.readRows(batchPrefix + region, width, batchSize));
      this.collected.set(region, parts);
    }
  }

  /** All figures of a pass that has ended. */
  all(): Logs {
    const { slots, read } = this.rows;
    const rows = new Map([...rowRegions(slots)].map(([region, width]) => [region, read(region, width)]));
    const logs = this.soFar();
    for (const { name, region, result } of slots) logs[name] = result(rows.get(region)!);
    return logs;
  }

  /** Figures but for those that need the whole pass. */
  soFar(): Logs {
    return this.session.readSums(this.sums.block, this.sums.slots, this.samples);
  }

  /** Where the pass stands; undefined before its first batch. */
  position(): PassPosition | undefined {
    if (this.batches === 0) return undefined;
    const { block, slots } = this.sums;
    const rows = [...rowRegions(this.rows.slots)].map(([region, width]) => [region, this.rows.read(region, width)]);
    return {
      batch: this.batches,
      samples: this.samples,
      sums: this.session.copySums(block, slots),
      rows: Object.fromEntries(rows) as Record<string, Float32Array>,
    };
  }

  private beginSums(prefix: string, step: PlannedStep, start?: PassPosition): void {
    this.sums = { block: prefix + SUMS, slots: step.sums };
    this.samples = start?.samples ?? 0;
    this.batches = start?.batch ?? 0;
    if (start) this.session.setSums(this.sums.block, step.sums, start.sums);
    else this.session.clearSums(this.sums.block, step.sums);
  }
}
