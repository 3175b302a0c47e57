// The text example of examples/text, on a small budget.

import { expect, test } from 'vitest';
import { loadMails, wordsOf } from '../../examples/text/mails.js';
import { run } from '../../examples/text/text.js';
import { wordNetThesaurus } from '../../examples/text/wordnet.js';

test('spam is told from few mails, with and without augmentation, the same in each run', async () => {
  const budget = { train: 100, test: 400, epochs: 12, seeds: [5] };
  const { mails, spam, majority, runs, sample } = await run(budget);
  expect(spam / mails).toBeCloseTo(1 - majority, 9);
  expect(mails).toBeGreaterThan(5000);
  // Who calls every mail spam has this F1.
  const blind = (2 * (1 - majority)) / (2 - majority);
  for (const { arms } of runs) {
    expect(Object.keys(arms)).toEqual(['plain', 'synonyms', 'swap', 'synonyms and swap']);
    for (const { F1 } of Object.values(arms)) expect(F1).toBeGreaterThan(blind + 0.1);
    expect(arms['synonyms and swap']!.accuracy).toBeGreaterThan(majority + 0.05);
    expect(new Set(Object.values(arms).map(({ accuracy }) => accuracy)).size).toBeGreaterThan(2);
  }
  expect(new Set([sample.text, ...sample.variants]).size).toBe(4);
  expect((await run(budget)).runs).toEqual(runs);
});

test('a mail is its subject and its text', () => {
  const mail = [
    'From: someone@somewhere.example',
    'Subject: Re: [list] Free  OFFER!',
    '',
    '--=_NextPart_000_10C0D9',
    'Content-Type: text/html; charset="iso-8859-1"',
    '',
    "<p>Don't</p> wait: see http://spam.example/?a=1 or write to a@b.example, $100 only&nbsp;",
  ].join('\n');
  expect(wordsOf(mail, 100).join(' ')).toBe("list free offer ! don't wait see link or write to address $ number only");
  expect(wordsOf(mail, 2)).toEqual(['list', 'free']);
});

test('no two mails begin alike, and WordNet has synonyms for their words', () => {
  const mails = loadMails(20);
  expect(new Set(mails.map(({ words }) => words.join(' '))).size).toBe(mails.length);
  const thesaurus = wordNetThesaurus(['purchase', 'movie', 'the', 'nosuchword']);
  expect([...thesaurus.keys()].sort()).toEqual(['movie', 'purchase']);
  expect(thesaurus.get('purchase')).toContain('buy');
  expect(thesaurus.get('movie')).toContain('film');
});
