// Makes an ensemble of a file. Nothing in it is trusted.

import { parseJson } from '../formats/json.js';
import { openSealed } from '../formats/sealedFile.js';
import type { LoadOptions, ModelBytes } from '../model/saving/load.js';
import { readCount, readList, readNumber, readObject, readText } from '../model/saving/fields.js';
import { readValue } from '../model/saving/values.js';
import { DataError, FormatError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import type { Combination } from './combination.js';
import { SAVED_ENSEMBLE } from './writeEnsemble.js';
import { Ensemble } from './ensemble.js';
import type { Estimator } from './estimator.js';
import { readMember } from './readMember.js';
import { checkTask } from './samples.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The ensemble that `save` wrote.
 *
 * @throws FormatError for a file that is damaged, cut short or of another kind; what `loadModel` throws for a member.
 * @example
 * const forest = await loadEnsemble(bytes);
 * const classes = (await forest.predict(x)).argMax();
 */
export async function loadEnsemble(bytes: ModelBytes, options: LoadOptions = {}): Promise<Ensemble> {
  const where = 'loadEnsemble';
  const read = await openSealed(where, bytes, SAVED_ENSEMBLE);
  const at = read.byteOf('ensemble');
  const members: Estimator[] = [];
  try {
    const json = parseJson(readText(read.metadata.ensemble, 'ensemble'), where, at);
    const fields = readObject(readValue(json, read.tensors), 'ensemble');
    const task = checkTask(where, fields.task);
    for (const [i, value] of readList(fields.members, 'members').entries()) {
      const path = `members[${i}]`;
      members.push(await readMember(readObject(value, path), path, task, options));
    }
    const combination = readCombination(readObject(fields.combination, 'combination'), members.length);
    const sampleSize = readCount(fields.sampleSize, 'sampleSize', 2 ** 31);
    return new Ensemble(readText(fields.kind, 'kind'), task, undefined, { members, combination, sampleSize });
  } catch (cause) {
    members.forEach((member) => member.dispose());
    if (!(cause instanceof DataError)) throw cause;
    throw new FormatError(`${where}: byte ${at}: ${cause.message}.`, at, { cause });
  }
}

/** As many numbers as there are members. */
function readNumbers(value: unknown, path: string, count: number): number[] {
  const numbers = readList(value, path).map((entry, i) => readNumber(entry, `${path}[${i}]`));
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new DataError(`${path}: expected ${count} finite numbers`);
}

function readCombination(fields: Fields, members: number): Combination {
  const { kind } = fields;
  if (members === 0) throw new DataError('members: expected at least one');
  if (kind === 'average' || kind === 'vote') {
    return { kind, weights: readNumbers(fields.weights, 'combination.weights', members) };
  }
  if (kind === 'samme') return { kind, alphas: readNumbers(fields.alphas, 'combination.alphas', members) };
  if (kind === 'stacked' && typeof fields.passThrough === 'boolean' && members > 1) {
    return { kind, passThrough: fields.passThrough };
  }
  if (kind !== 'additive') throw new DataError(`combination.kind: expected a known one, got ${describeValue(kind)}`);
  const { link } = fields;
  if (link !== 'identity' && link !== 'sigmoid' && link !== 'softmax') {
    throw new DataError(`combination.link: expected a known one, got ${describeValue(link)}`);
  }
  const scores = readList(fields.start, 'combination.start').length;
  if (scores === 0 || members % scores > 0)
    throw new DataError(`combination.start: ${scores} scores of ${members} members`);
  const start = readNumbers(fields.start, 'combination.start', scores);
  return { kind, start, learningRate: readNumber(fields.learningRate, 'combination.learningRate'), link };
}
