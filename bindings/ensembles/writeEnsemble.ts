// A fitted ensemble as one file: safetensors with what combines the members in its metadata, and each member's state.

import { version } from '../../package.json';
import { writeSealed, type SealedKind } from '../formats/sealedFile.js';
import type { ModelFile } from '../model/saving/save.js';
import { ValueWriter } from '../model/saving/values.js';
import type { FittedState } from './ensemble.js';
import type { EnsembleTask } from './samples.js';

export const SAVED_ENSEMBLE: SealedKind = {
  kind: 'an ensemble that wasmgrad saved',
  format: 'wasmgrad-ensemble',
  version: 1,
  description: 'ensemble',
};

export async function writeEnsemble(kind: string, task: EnsembleTask, state: FittedState): Promise<ModelFile> {
  const writer = new ValueWriter('members/');
  const { combination, sampleSize } = state;
  const members: unknown[] = [];
  for (const [i, member] of state.members.entries()) members.push(writer.write(await member.save(), `members[${i}]`));
  const description = { library: { version }, kind, task, sampleSize, combination, members };
  return writeSealed(SAVED_ENSEMBLE, description, writer.tensors);
}
