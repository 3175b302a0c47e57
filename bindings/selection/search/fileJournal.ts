// A journal in a file, and the lock that keeps a second coordinator away.

import { closeSync, fdatasyncSync, ftruncateSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { OptionError, StateError } from '../../runtime/errors.js';
import { describeValue } from '../../runtime/suggest.js';
import { isRunning } from '../../stores/processes.js';
import type { Journal } from './journal.js';

/** Who has a lock. */
interface Owner {
  pid: number;
  /** When its process began, where the system says: tells it from a later one that has its number. */
  start: string;
  host: string;
}

/** The start of a process in ticks since the system's: field 22 of /proc/PID/stat, counted behind the name in brackets. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

const isGone = ({ pid, start, host }: Owner): boolean =>
  host === hostname() && (!isRunning(pid) || (start !== '' && startOf(pid) !== start));

function ownerOf(lock: string): { text: string; owner: Owner } | undefined {
  try {
    const text = readFileSync(lock, 'utf8');
    return { text, owner: JSON.parse(text) as Owner };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StateError(`fileJournal: the lock ${lock} can't be read. If no study runs there, remove it.`);
  }
}

/** Takes a lock whose owner is gone out of the way. */
function removeStale(lock: string, text: string): void {
  const aside = `${lock}.${process.pid}.stale`;
  try {
    renameSync(lock, aside);
  } catch {
    // Somebody else has.
    return;
  }
  // A new lock that came in between goes back.
  if (readFileSync(aside, 'utf8') !== text) {
    try {
      linkSync(aside, lock);
    } catch {
      // A third one has it.
    }
  }
  rmSync(aside, { force: true });
}

let opened = 0;

/** Makes the lock, whole from its first moment on, or says who has it. */
function takeLock(path: string): () => void {
  const lock = `${path}.lock`;
  const beside = `${lock}.${process.pid}-${opened++}`;
  writeFileSync(beside, JSON.stringify({ pid: process.pid, start: startOf(process.pid), host: hostname() }));
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        linkSync(beside, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const held = ownerOf(lock);
      if (held && !isGone(held.owner)) {
        throw new StateError(
          `fileJournal: ${path} is in use by process ${held.owner.pid} on ${held.owner.host}. One study writes to a journal at a time.`,
        );
      }
      if (held) removeStale(lock, held.text);
    }
    throw new StateError(`fileJournal: others take the lock of ${path} all the time. Try again.`);
  } finally {
    rmSync(beside, { force: true });
  }
}

/**
 * A journal in a file, JSON lines that are only ever added; each is on the disk before the study goes on. A study that is killed
 * at any moment goes on when it is called again with the same journal. `PATH.lock` keeps a second one away; the lock of a process
 * that is gone is taken over.
 *
 * @throws StateError on opening where another process, or another study of this one, has it.
 * @example await study({ journal: fileJournal('runs/search.jsonl'), ... });
 */
export function fileJournal(path: string): Journal {
  if (typeof path !== 'string' || path === '') {
    throw new OptionError(`fileJournal: path must be that of a file, got ${describeValue(path)}.`);
  }
  return {
    open() {
      mkdirSync(dirname(path), { recursive: true });
      const release = takeLock(path);
      let file: number;
      try {
        file = openSync(path, 'a+');
      } catch (error) {
        release();
        throw error;
      }
      return {
        read: () => Uint8Array.from(readFileSync(path)),
        append(bytes) {
          for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
          fdatasyncSync(file);
        },
        truncate: (length) => ftruncateSync(file, length),
        close() {
          closeSync(file);
          release();
        },
      };
    },
  };
}
