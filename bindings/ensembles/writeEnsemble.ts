// A fitted ensemble as one file: safetensors with what combines the members in its metadata, and each member's state.

import { version } from '../../package.json';
import { BLANK_DIGEST, seal } from '../formats/digest.js';
import { dataOffsetOf, writeSafetensors } from '../formats/safetensors.js';
import type { ModelFile } from '../model/saving/save.js';
import { ValueWriter } from '../model/saving/values.js';
import type { FittedState } from './ensemble.js';
import type { EnsembleTask } from './samples.js';

export const FORMAT = 'wasmgrad-ensemble';
/** Raised when a reader of the version before could not read a file. */
export const FORMAT_VERSION = 1;

export async function writeEnsemble(kind: string, task: EnsembleTask, state: FittedState): Promise<ModelFile> {
  const writer = new ValueWriter('members/');
  const { combination, sampleSize } = state;
  const members: unknown[] = [];
  for (const [i, member] of state.members.entries()) members.push(writer.write(await member.save(), `members[${i}]`));
  const metadata = {
    format: FORMAT,
    version: String(FORMAT_VERSION),
    sha256: BLANK_DIGEST,
    ensemble: JSON.stringify({ library: { version }, kind, task, sampleSize, combination, members }),
  };
  const file = writeSafetensors(writer.tensors, metadata);
  return seal(file, dataOffsetOf(file, 'save'));
}
