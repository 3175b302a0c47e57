// Random values that belong to samples, not to places in a batch: what augmentation draws.

import { ELEMENTWISE_TILE, SampleRandomField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { partStart } from '../lib/split';
import { randomValues } from './elementwise/random';

/** Domain of sample 0; those before it are taken (see lib/philox.ts). */
const FIRST_SAMPLE_DOMAIN: u32 = 3;

export function sampleRandom(instruction: usize, part: u32, parts: u32): void {
  const rows = count(instruction, SampleRandomField.rows);
  const rowElements = count(instruction, SampleRandomField.rowElements);
  const samples = pointer(instruction, SampleRandomField.samplesPointer);
  const stream = count(instruction, SampleRandomField.stream);
  const state = pointer(instruction, SampleRandomField.statePointer);
  const isNormal = <bool>count(instruction, SampleRandomField.isNormal);
  const step = load<u32>(pointer(instruction, SampleRandomField.stepPointer));
  const end = partStart(rows, part + 1, parts, 1);
  let row = partStart(rows, part, parts, 1);
  let target = pointer(instruction, SampleRandomField.targetPointer) + ((<usize>row * rowElements) << 2);
  for (; row < end; ++row) {
    const domain = FIRST_SAMPLE_DOMAIN + load<u32>(samples + ((<usize>row) << 2));
    for (let index: u32 = 0; index < rowElements; index += ELEMENTWISE_TILE) {
      const elements = min<u32>(ELEMENTWISE_TILE, rowElements - index);
      randomValues(isNormal, target, index, elements, stream, state, step, domain);
      target += (<usize>elements) << 2;
    }
  }
}
