// Threads that share instructions. The leader walks the program; for an instruction worth it, it calls a turn, in which each
// thread runs one part, and waits for all. Who waits spins, because most turns come within microseconds; a worker that has
// spun in vain goes to sleep, so that idle threads cost nothing. Only the build with threads has any of this.

import { TeamField } from '../opcodes';
import { runInstruction } from '../dispatch';

/** Looks at the turn before a worker sleeps: some 30 microseconds. */
const SPINS: u32 = 20000;
/** Bits of the turn that hold the number of parts; the others count. */
const PARTS_BITS: u32 = 8;

/**
 * Every so many turns all threads have a part: a thread passed over for so long that the count came round would take a new
 * turn for the one it has seen. Half of the turns that can be counted.
 */
const ALL_TOGETHER: u32 = 1 << 23;

let team: usize = 0;
let teamSize: u32 = 1;
/** The turn that this thread took part in, or passed over, last. */
let seenTurn: u32 = 0;

/** Makes this instance the leader of `size` threads that meet in the block at `address`. */
export function setTeam(address: usize, size: u32): void {
  team = address;
  teamSize = size;
}

/** Threads that run an instruction which is worth `parts` of them. */
@inline
export function teamParts(parts: u32): u32 {
  return min(parts, teamSize);
}

/** Runs an instruction together: this thread the first of `parts` >= 2 parts. Returns false if any of them halted. */
export function runTogether(instruction: usize, parts: u32): bool {
  const turn = field(TeamField.turn);
  const count = (atomic.load<u32>(turn) >> PARTS_BITS) + 1;
  if (!(count & (ALL_TOGETHER - 1))) parts = teamSize;
  store<u32>(field(TeamField.instruction), <u32>instruction);
  atomic.store<u32>(field(TeamField.finished), 0);
  atomic.store<u32>(turn, (count << PARTS_BITS) | parts);
  if (atomic.load<u32>(field(TeamField.sleeping))) atomic.notify(turn, i32.MAX_VALUE);
  const goesOn = runInstruction(instruction, 0, parts);
  // Not for long: the others have as much to do. The main thread of a page may not sleep anyway.
  let finished: u32 = 0;
  while (finished != parts - 1) finished = atomic.load<u32>(field(TeamField.finished));
  if (atomic.load<u32>(field(TeamField.trapped))) {
    atomic.store<u32>(field(TeamField.trapped), 0);
    unreachable();
  }
  if (!atomic.load<u32>(field(TeamField.halted))) return goesOn;
  atomic.store<u32>(field(TeamField.halted), 0);
  return false;
}

/**
 * Takes part, as number `part` of the team at `address`, until no turn has come for a while. Returns the turn seen last: the
 * caller sleeps until that word has changed, and calls again. It may not sleep in here, since V8's first compiler loses
 * registers over a wait.
 */
export function work(address: usize, part: u32): u32 {
  team = address;
  while (awaitTurn()) {
    const parts = seenTurn & ((1 << PARTS_BITS) - 1);
    // Turns may have passed unseen, but only such in which this thread had no part.
    if (part >= parts) continue;
    if (!runInstruction(<usize>load<u32>(field(TeamField.instruction)), part, parts)) {
      atomic.store<u32>(field(TeamField.halted), 1);
    }
    atomic.add<u32>(field(TeamField.finished), 1);
  }
  return seenTurn;
}

/** To be called when `work` ended in a trap, before it is called again: the leader traps as well, and does not wait. */
export function reportTrap(): void {
  atomic.store<u32>(field(TeamField.trapped), 1);
  atomic.add<u32>(field(TeamField.finished), 1);
}

/** Spins for a new turn. Returns false if none came. */
function awaitTurn(): bool {
  for (let spins: u32 = 0; spins < SPINS; ++spins) {
    const turn = atomic.load<u32>(field(TeamField.turn));
    if (turn == seenTurn) continue;
    seenTurn = turn;
    return true;
  }
  return false;
}

@inline
function field(name: i32): usize {
  return team + ((<usize>name) << 2);
}
