// Has the process kill itself (SIGKILL) at a chosen point of a save, between the calls that the store makes of the file system.

import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

export const FAULT_POINTS = [
  'the file beside is empty',
  'half of it is written',
  'all is written, not synced',
  'synced, not renamed',
  'renamed, the folder not synced',
  'the new one is whole, the old one not deleted',
] as const;

export interface Fault {
  at: (typeof FAULT_POINTS)[number];
  /** At which of the saves of this process, from 1. */
  save: number;
}

export function killAt({ at, save }: Fault): void {
  let saves = 0;
  const isAt = (point: Fault['at']): boolean => point === at && saves >= save;
  const reach = (point: Fault['at']): void => {
    if (isAt(point)) process.kill(process.pid, 'SIGKILL');
  };
  const { open, rename, rm } = fs;
  fs.open = async (path, flags, mode) => {
    const file = await open(path, flags, mode);
    return flags === 'w' ? watched(file) : file;
  };
  const watched = (file: FileHandle): FileHandle => {
    saves++;
    reach('the file beside is empty');
    const { writeFile, sync } = file;
    file.writeFile = async (data) => {
      const bytes = data as Uint8Array;
      await writeFile.call(file, isAt('half of it is written') ? bytes.subarray(0, bytes.length >> 1) : bytes);
      reach('half of it is written');
      reach('all is written, not synced');
    };
    file.sync = async () => {
      await sync.call(file);
      reach('synced, not renamed');
    };
    return file;
  };
  fs.rename = async (from, to) => {
    await rename(from, to);
    reach('renamed, the folder not synced');
  };
  fs.rm = async (path, options) => {
    if (String(path).endsWith('.safetensors')) reach('the new one is whole, the old one not deleted');
    await rm(path, options);
  };
  syncBuiltinESMExports();
}
