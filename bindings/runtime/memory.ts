// Hands out blocks of linear memory and takes them back. First fit over a sorted free list, neighbours joined; it is called
// when models are built and planned, never inside a training step.

import { MemoryLimitError, reasonOf, RuntimeError } from './errors.js';

export const PAGE_BYTES = 65536;
const ALIGNMENT_BYTES = 64;
/** Growth is in steps of at least this, so that building many small models does not grow the memory each time. */
const GROWTH_BYTES = 1 << 20;

interface Block {
  address: number;
  bytes: number;
}

export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

/** `12.3 MB`, for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** The linear memory; it starts small and may grow to `maximumPages`. @param where What takes `maximumBytes`. */
export function makeMemory(where: string, maximumPages: number, isShared = false): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.min(32, maximumPages), maximum: maximumPages, shared: isShared });
  } catch (cause) {
    throw new RuntimeError(
      `The host refuses a memory that may grow to ${formatBytes(maximumPages * PAGE_BYTES)}: ${reasonOf(cause)} ` +
        `Give ${where} a smaller maximumBytes.`,
      { cause },
    );
  }
}

export class Heap {
  private free: Block[] = [];
  private readonly used = new Map<number, number>();
  private endAddress: number;

  /** @param base First address that is ours. @param limitBytes Size that the whole memory may reach. */
  constructor(
    private readonly memory: WebAssembly.Memory,
    base: number,
    readonly limitBytes: number,
  ) {
    this.endAddress = alignUp(base, ALIGNMENT_BYTES);
  }

  /** Bytes handed out now. */
  get usedBytes(): number {
    let total = 0;
    for (const bytes of this.used.values()) total += bytes;
    return total;
  }

  /** Throws unless `bytes` more are allowed: for plans of several blocks, before the first of them is allocated. */
  reserve(bytes: number, purpose: string): void {
    if (this.usedBytes + bytes > this.limitBytes) {
      throw memoryLimitError(purpose, bytes, this.usedBytes, this.limitBytes);
    }
  }

  /** A block of zeros, 64-byte aligned. */
  allocate(bytes: number, purpose: string): number {
    const size = alignUp(Math.max(bytes, 1), ALIGNMENT_BYTES);
    const address = this.takeFree(size) ?? this.extend(size, purpose);
    this.used.set(address, size);
    new Uint8Array(this.memory.buffer, address, size).fill(0);
    return address;
  }

  /** Gives a block back. Address 0 is ignored. */
  release(address: number): void {
    const bytes = this.used.get(address);
    if (bytes === undefined) return;
    this.used.delete(address);
    const at = this.free.findIndex((block) => block.address > address);
    this.free.splice(at < 0 ? this.free.length : at, 0, { address, bytes });
    this.joinNeighbours();
  }

  private takeFree(size: number): number | undefined {
    const at = this.free.findIndex((block) => block.bytes >= size);
    const block = this.free[at];
    if (!block) return undefined;
    const { address } = block;
    block.address += size;
    block.bytes -= size;
    if (block.bytes === 0) this.free.splice(at, 1);
    return address;
  }

  private extend(size: number, purpose: string): number {
    const last = this.free.at(-1);
    const address = last && last.address + last.bytes === this.endAddress ? last.address : this.endAddress;
    const end = address + size;
    // Kernels may read (never write) up to 15 bytes behind a buffer.
    const neededBytes = end + ALIGNMENT_BYTES;
    if (neededBytes > this.limitBytes) throw memoryLimitError(purpose, size, this.usedBytes, this.limitBytes);
    const missing = neededBytes - this.memory.buffer.byteLength;
    if (missing > 0) this.grow(missing, size, purpose);
    if (address !== this.endAddress) this.free.pop();
    this.endAddress = end;
    return address;
  }

  private grow(missing: number, size: number, purpose: string): void {
    const currentBytes = this.memory.buffer.byteLength;
    const wanted = Math.min(Math.max(missing, GROWTH_BYTES), this.limitBytes - currentBytes);
    try {
      this.memory.grow(Math.ceil(Math.max(missing, wanted) / PAGE_BYTES));
    } catch {
      throw new MemoryLimitError(
        `${purpose} needs ${formatBytes(size)}, but the host gives no more than the ${formatBytes(currentBytes)} of memory ` +
          `that there are, ${formatBytes(this.usedBytes)} of them in use. Use a smaller batch or model, or dispose() of models ` +
          'you no longer need.',
        this.usedBytes + size,
        currentBytes,
      );
    }
  }

  private joinNeighbours(): void {
    const joined: Block[] = [];
    for (const block of this.free) {
      const previous = joined.at(-1);
      if (previous && previous.address + previous.bytes === block.address) previous.bytes += block.bytes;
      else joined.push(block);
    }
    this.free = joined;
  }
}

function memoryLimitError(purpose: string, size: number, used: number, limit: number): MemoryLimitError {
  return new MemoryLimitError(
    `${purpose} needs ${formatBytes(size)}, but ${formatBytes(used)} of the ${formatBytes(limit)} allowed are in use. ` +
      'Use a smaller batch or model, dispose() of models you no longer need, or raise init({ maximumBytes }).',
    used + size,
    limit,
  );
}
