// Transforms of texts: what each keeps and changes, and that a variant depends on (seed, epoch, index) alone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backTranslation,
  DataError,
  iterableDataset,
  OptionError,
  randomWordDeletion,
  randomWordInsertion,
  randomWordSwap,
  StateError,
  synonymReplacement,
  textAugmenter,
  thesaurusOfIds,
  type TextTransform,
} from '../../bindings/index.js';

const THESAURUS = { good: ['fine', 'great'], film: ['movie'], day: ['day', 'date'] };
const at = (index = 0, epoch = 0) => ({ epoch, index });
const one = (transform: TextTransform, seed = 0) => textAugmenter([transform], { seed });
const sorted = <T extends string | number>(words: readonly T[]): T[] => [...words].sort();
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const words = fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 30 });
const ids = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 20 });
const place = fc.record({ epoch: fc.nat(), index: fc.nat() });
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** Words of ids 1 to 20: each of an even id has the ids around it for synonyms. */
const ID_THESAURUS = new Map(numbers(10).map((i) => [2 * i + 2, [2 * i + 1, 2 * i + 3]]));
const idTransforms = (own: number): TextTransform[] => [
  synonymReplacement({ thesaurus: ID_THESAURUS, share: own }),
  randomWordInsertion({ thesaurus: ID_THESAURUS, share: own }),
  randomWordSwap({ share: own }),
  randomWordDeletion({ share: own }),
];

describe('randomWordSwap', () => {
  test('keeps the words, and how often each is there', () => {
    fc.assert(
      fc.property(words, share, place, (text, own, where) => {
        expect(sorted(one(randomWordSwap({ share: own })).tokens(text, where))).toEqual(sorted(text));
      }),
    );
  });

  test('swaps max(1, round(share · words)) times two different words', () => {
    const text = numbers(20);
    for (let k = 0; k < 50; k++) {
      const once = one(randomWordSwap({ share: 0.01 })).tokens(text, at(k));
      expect(once.filter((word, i) => word !== text[i])).toHaveLength(2);
      const thrice = one(randomWordSwap({ share: 0.15 })).tokens(text, at(k));
      expect(thrice.filter((word, i) => word !== text[i]).length).toBeLessThanOrEqual(6);
    }
    expect(one(randomWordSwap({ share: 1 })).tokens(['alone'], at())).toEqual(['alone']);
  });

  test('each pair of places is as likely as any', () => {
    const counts = new Map<string, number>();
    for (let k = 0; k < 6000; k++) {
      const key = one(randomWordSwap({ share: 0.1 }))
        .tokens([0, 1, 2, 3], at(k))
        .join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(sorted([...counts.keys()])).toEqual(['0132', '0213', '0321', '1023', '2103', '3120']);
    // Five standard deviations of a binomial.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((6000 * 5) / 36));
  });
});

describe('randomWordDeletion', () => {
  test('never empties a text, and keeps the order of what is left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), share, place, (length, own, where) => {
        const left = one(randomWordDeletion({ share: own })).tokens(numbers(length), where);
        expect(left.length).toBeGreaterThan(0);
        expect(left).toEqual([...left].sort((a, b) => a - b));
      }),
    );
    const survivors = new Set(
      numbers(100).map((k) =>
        one(randomWordDeletion({ share: 1 }))
          .tokens(['a', 'b', 'c'], at(k))
          .join(),
      ),
    );
    expect(sorted([...survivors])).toEqual(['a', 'b', 'c']);
  });

  test('leaves out its share', () => {
    const left = one(randomWordDeletion({ share: 0.3 })).tokens(numbers(10000), at());
    expect(Math.abs(left.length - 7000)).toBeLessThan(5 * Math.sqrt(10000 * 0.3 * 0.7));
  });
});

describe('synonymReplacement', () => {
  test('replaces as many words as are asked for, by their synonyms, and no others', () => {
    const text = 'a good film on a good day'.split(' ');
    const augmenter = one(synonymReplacement({ thesaurus: THESAURUS, share: 0.3 }));
    const seen = new Set<string>();
    for (let k = 0; k < 200; k++) {
      const changed = augmenter.tokens(text, at(k));
      const places = changed.flatMap((word, i) => (word === text[i] ? [] : [i]));
      expect(places).toHaveLength(2);
      for (const i of places) {
        expect(THESAURUS[text[i] as keyof typeof THESAURUS]).toContain(changed[i]);
        seen.add(changed[i]!);
      }
    }
    expect(sorted([...seen])).toEqual(['date', 'fine', 'great', 'movie']);
    expect(one(synonymReplacement({ thesaurus: THESAURUS, share: 1 })).text('no such word', at())).toBe('no such word');
  });

  test('keeps punctuation and case around a word', () => {
    const augmenter = one(synonymReplacement({ thesaurus: new Map([['film', ['movie']]]), share: 1 }));
    expect(augmenter.text('Film, "film" (FILM)\nfilms  film.', at())).toBe('Movie, "movie" (MOVIE) films movie.');
  });
});

test('a token that is in the thesaurus as it stands is replaced as a whole', () => {
  const thesaurus = { 'c++': ['rust'], $: ['dollar'], US: ['America'] };
  expect(one(synonymReplacement({ thesaurus, share: 1 })).text('$ c++ US', at())).toBe('dollar rust America');
});

describe('randomWordInsertion', () => {
  test('adds synonyms of words of the text, and keeps the others in their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'good', 'film'), { maxLength: 20 }),
        share,
        place,
        (text, own, where) => {
          const longer = one(randomWordInsertion({ thesaurus: THESAURUS, share: own })).tokens(text, where);
          const hasSynonyms = text.some((word) => word !== 'a');
          const added = own > 0 && hasSynonyms ? Math.max(1, Math.round(own * text.length)) : 0;
          expect(longer).toHaveLength(text.length + added);
          const own_ = ['fine', 'great', 'movie'];
          expect(longer.filter((word) => !own_.includes(word))).toEqual(text);
          if (!text.includes('good')) expect(longer).not.toContain('fine');
        },
      ),
    );
  });

  test('any place may be drawn', () => {
    const augmenter = one(randomWordInsertion({ thesaurus: { b: ['x'] } }));
    const seen = new Set(numbers(100).map((k) => augmenter.text('a b c', at(k))));
    expect(sorted([...seen])).toEqual(['a b c x', 'a b x c', 'a x b c', 'x a b c']);
  });
});

describe('chances and ranges', () => {
  test('a text is changed with the probability', () => {
    const augmenter = one(randomWordSwap({ probability: 0.3 }));
    const changed = numbers(2000).filter((k) => augmenter.text('a b', at(k)) === 'b a').length;
    expect(Math.abs(changed - 600)).toBeLessThan(5 * Math.sqrt(2000 * 0.3 * 0.7));
    for (const probability of [0, 1]) {
      const always = one(randomWordSwap({ probability }));
      for (const k of numbers(100)) expect(always.text('a b', at(k))).toBe(probability ? 'b a' : 'a b');
    }
  });

  test('a range of shares is drawn from, text by text', () => {
    const augmenter = one(randomWordInsertion({ thesaurus: { a: ['b'] }, share: [0.2, 0.6] }));
    const added = numbers(500).map((k) => augmenter.tokens(new Array<string>(10).fill('a'), at(k)).length - 10);
    expect(sorted([...new Set(added)])).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('(seed, epoch, index)', () => {
  const all = () => [
    synonymReplacement({ thesaurus: THESAURUS, share: 0.3, probability: 0.8 }),
    randomWordSwap({ probability: 0.5 }),
    randomWordDeletion({ share: 0.2 }),
  ];
  const texts = numbers(12).map((i) => `a good film on a good day number ${i}`);

  test('the same draws whatever the order, and whatever was drawn before', () => {
    const inOrder = texts.map((text, index) => textAugmenter(all(), { seed: 5 }).text(text, at(index, 3)));
    fc.assert(
      fc.property(fc.shuffledSubarray(numbers(12)), (order) => {
        const augmenter = textAugmenter(all(), { seed: 5 });
        for (const index of order) expect(augmenter.text(texts[index]!, at(index, 3))).toBe(inOrder[index]);
      }),
    );
  });

  test('other seeds, epochs, indices and places in the chain have other draws', () => {
    const text = numbers(40).join(' ');
    const swap = randomWordSwap({ share: 0.5 });
    const variants = [
      textAugmenter([swap], { seed: 1 }).text(text, at(0, 0)),
      textAugmenter([swap], { seed: 2 ** 32 + 1 }).text(text, at(0, 0)),
      textAugmenter([swap], { seed: 1 }).text(text, at(1, 0)),
      textAugmenter([swap], { seed: 1 }).text(text, at(0, 1)),
      textAugmenter([randomWordSwap({ probability: 0 }), swap], { seed: 1 }).text(text, at(0, 0)),
    ];
    expect(new Set(variants).size).toBe(variants.length);
  });

  test('a transform more at the end changes nothing before it', () => {
    const text = numbers(40).map(String);
    const deletion = (share: number) => randomWordDeletion({ share });
    const short = textAugmenter([deletion(0.3)]).tokens(text, at(4, 2));
    expect(textAugmenter([deletion(0.3), deletion(0)]).tokens(text, at(4, 2))).toEqual(short);
  });

  test('the draws are those of today', () => {
    expect(texts.slice(0, 3).map((text, index) => textAugmenter(all(), { seed: 5 }).text(text, at(index, 3))))
      .toMatchInlineSnapshot(`
      [
        "a good movie on date great number 0",
        "a on good date 1",
        "date good on a great a number",
      ]
    `);
  });
});

describe('word numbers', () => {
  test('padding stays at the end and the length stays, whatever is done to the words', () => {
    fc.assert(
      fc.property(ids, fc.nat(8), share, place, (text, padding, own, where) => {
        const padded = Int32Array.from([...text, ...new Array<number>(padding).fill(0)]);
        const augmenter = textAugmenter(idTransforms(own), { paddingId: 0 });
        const changed = augmenter.tokens(padded, where);
        expect(changed).toBeInstanceOf(Int32Array);
        expect(changed).toHaveLength(padded.length);
        const end = changed.indexOf(0);
        if (end >= 0) expect(changed.subarray(end).every((id) => id === 0)).toBe(true);
        if (text.length > 0) expect(changed[0]).not.toBe(0);
        expect([...padded.subarray(0, text.length)]).toEqual(text);
      }),
    );
  });

  test('padding does not change what becomes of the words', () => {
    fc.assert(
      fc.property(ids, share, place, (text, own, where) => {
        const bare = textAugmenter(idTransforms(own)).tokens(text, where);
        const room = text.length + 100;
        const padded = [...text, ...new Array<number>(room - text.length).fill(0)];
        const changed = textAugmenter(idTransforms(own), { paddingId: 0 }).tokens(padded, where);
        expect(changed).toEqual([...bare, ...new Array<number>(room - bare.length).fill(0)]);
      }),
    );
  });

  test('what no longer fits is cut off', () => {
    const augmenter = textAugmenter([randomWordInsertion({ thesaurus: new Map([[1, [2]]]), share: 1 })], {
      paddingId: 0,
    });
    expect(augmenter.tokens([1, 1, 1, 0], at()).filter((id) => id === 0)).toHaveLength(0);
  });

  test('a thesaurus of words becomes one of numbers of a vocabulary', () => {
    const vocabulary = ['', '[UNK]', 'good', 'film', 'great'];
    expect(thesaurusOfIds({ good: ['fine', 'great'], film: ['movie'], bad: ['good'] }, vocabulary)).toEqual(
      new Map([[2, [4]]]),
    );
  });
});

describe('backTranslation', () => {
  const german: Record<string, string> = { 'a good film': 'ein guter Film' };
  const paraphrase = (options = {}) =>
    backTranslation({
      translate: (text) => german[text] ?? text,
      back: (text) => Promise.resolve(text === 'ein guter Film' ? 'a fine movie' : text),
      ...options,
    });

  test('goes there and back, in a chain with others', async () => {
    expect(await one(paraphrase()).textAsync('a good  film', at())).toBe('a fine movie');
    expect(await one(paraphrase()).tokensAsync(['a', 'good', 'film'], at())).toEqual(['a', 'fine', 'movie']);
    expect(await one(paraphrase({ probability: 0 })).textAsync('a good film', at())).toBe('a good film');
    const chain = textAugmenter([paraphrase(), synonymReplacement({ thesaurus: { movie: ['picture'] }, share: 1 })]);
    expect(chain.isAsync).toBe(true);
    expect(await chain.textAsync('a good film', at())).toBe('a fine picture');
    expect(await chain.textAsync('', at())).toBe('');
  });

  test('gives the translator a seed that is the same in each run', async () => {
    const seeds: number[] = [];
    const noting = backTranslation({ translate: (text, { seed }) => (seeds.push(seed), text), back: (text) => text });
    const augmenter = one(noting, 3);
    for (const where of [at(0), at(1), at(0, 1), at(0)]) await augmenter.textAsync('text', where);
    expect(new Set(seeds).size).toBe(3);
    expect(seeds[3]).toBe(seeds[0]);
  });

  test('is refused where nobody waits', () => {
    expect(() => one(paraphrase()).text('a', at())).toThrow(StateError);
    expect(() => one(paraphrase()).tokens(['a'], at())).toThrow('backTranslation takes time. Use tokensAsync');
  });

  test('names the text whose translation fails, is none, or is empty', async () => {
    const cause = new Error('quota used up');
    const failing = one(paraphrase({ back: () => Promise.reject(cause) })).textAsync('a good film', at(7, 2));
    await expect(failing).rejects.toThrow('backTranslation: text 7 of epoch 2: back failed: quota used up');
    await expect(failing).rejects.toMatchObject({ code: 'INVALID_DATA', cause });
    const throwing = paraphrase({
      translate: () => {
        throw new Error('no such language');
      },
    });
    await expect(one(throwing).textAsync('a', at())).rejects.toThrow('translate failed: no such language');
    for (const [given, message] of [
      [undefined, 'must give a text, got undefined'],
      ['  ', 'must give a text, got an empty one'],
    ]) {
      await expect(one(paraphrase({ translate: () => given })).textAsync('a', at())).rejects.toThrow(message);
    }
    await expect(one(paraphrase()).tokensAsync([4, 5], at())).rejects.toThrow(DataError);
  });

  test('both ways must be functions', () => {
    expect(() => paraphrase({ back: 'de' })).toThrow("back must be a function of a text, got 'de'");
    expect(() => paraphrase({ language: 'de' })).toThrow("unknown option 'language'");
  });
});

describe('a step of a dataset', () => {
  const samples = numbers(20).map((i) => ({ text: `a good film on a good day number ${i}`, label: i % 2, id: i }));
  const augmenter = textAugmenter(
    [synonymReplacement({ thesaurus: THESAURUS, share: 0.3 }), randomWordSwap({ share: 0.2 })],
    { seed: 2 },
  );
  const step = augmenter.step({ field: 'text' });

  test('every epoch has new variants, which are the same in each run', async () => {
    const run = async () => {
      const dataset = iterableDataset(samples).map(step);
      return [await dataset.toArray(), await dataset.toArray()];
    };
    const [first, second] = await run();
    expect(second).not.toEqual(first);
    expect(await run()).toEqual([first, second]);
    expect(first!.map(({ text }) => text)).toEqual(samples.map(({ text }, index) => augmenter.text(text, at(index))));
    expect(first!.map(({ label }) => label)).toEqual(samples.map(({ label }) => label));
  });

  test('whatever the shuffle, if the sample has its number', async () => {
    const inOrder = await iterableDataset(samples).map(step).toArray();
    const shuffled = iterableDataset(samples)
      .shuffle(20, { seed: 3 })
      .map(augmenter.step({ field: 'text', indexField: 'id' }));
    const found = await shuffled.toArray();
    expect(found.map(({ id }) => id)).not.toEqual(numbers(20));
    expect(found.sort((a, b) => a.id - b.id)).toEqual(inOrder);
  });

  test('of bare texts, lists, arrays, and translated ones', async () => {
    const bare = await iterableDataset(['good film']).map(one(randomWordSwap()).step()).toArray();
    expect(bare).toEqual(['film good']);
    expect(
      await iterableDataset([['good', 'film']])
        .map(one(randomWordSwap()).step())
        .toArray(),
    ).toEqual([['film', 'good']]);
    const array = { x: { data: Int32Array.of(1, 2, 0), shape: [3] } };
    const padded = textAugmenter([randomWordSwap()], { paddingId: 0 });
    expect(
      await iterableDataset([array])
        .map(padded.step({ field: 'x' }))
        .toArray(),
    ).toEqual([{ x: { data: Int32Array.of(2, 1, 0), shape: [3] } }]);
    const shout = backTranslation({ translate: (text) => text, back: (text) => text.toUpperCase() });
    expect(
      (
        await iterableDataset(samples)
          .map(one(shout).step({ field: 'text' }))
          .take(1)
          .toArray()
      )[0],
    ).toEqual({
      ...samples[0],
      text: samples[0]!.text.toUpperCase(),
    });
  });

  test('names the sample without text', async () => {
    const collect = (given: unknown[], options = {}) => iterableDataset(given).map(augmenter.step(options)).toArray();
    await expect(collect([{ x: 1 }], { field: 'text' })).rejects.toThrow("sample 0 has no field 'text'");
    await expect(collect(['a', 7])).rejects.toThrow('sample 1 is 7');
    await expect(collect([{ text: 'a', id: 'b' }], { field: 'text', indexField: 'id' })).rejects.toThrow(OptionError);
    expect(() => augmenter.step({ feild: 'text' } as never)).toThrow("Did you mean 'field'?");
  });
});

describe('bad input', () => {
  test.each([
    ['share above 1', () => randomWordSwap({ share: 1.5 }), 'randomWordSwap: share must be'],
    ['share below 0', () => randomWordDeletion({ share: -0.1 }), 'randomWordDeletion: share must be'],
    ['range out of order', () => randomWordSwap({ share: [0.3, 0.1] }), 'share [0.3, 0.1] is out of order'],
    ['range of three', () => randomWordSwap({ share: [0, 0.1, 0.2] as never }), 'a number or [lowest, highest]'],
    ['range beyond 1', () => randomWordSwap({ share: [0, 2] }), 'share[1] must be'],
    ['probability', () => randomWordSwap({ probability: 2 }), 'probability must be'],
    ['unknown option', () => randomWordSwap({ shares: 0.1 } as never), "Did you mean 'share'?"],
    ['thesaurus missing', () => synonymReplacement({} as never), 'thesaurus must be a Map or an object'],
    ['thesaurus a list', () => synonymReplacement({ thesaurus: ['a'] as never }), 'got an array of 1'],
    ['thesaurus a set', () => randomWordInsertion({ thesaurus: new Set(['a']) as never }), 'got a Set'],
    ['synonyms no list', () => synonymReplacement({ thesaurus: { a: 'b' } as never }), "got 'a': 'b'"],
    ['an empty synonym', () => synonymReplacement({ thesaurus: { a: [''] } }), 'each word to a list of words'],
    ['mixed synonyms', () => synonymReplacement({ thesaurus: { a: [1] } as never }), 'each word to a list of words'],
    ['no synonyms', () => synonymReplacement({ thesaurus: { a: ['a'], b: [] } }), 'the thesaurus has no synonyms'],
    ['no transforms', () => textAugmenter([]), 'expected an array of transforms'],
    ['no transform', () => textAugmenter([randomWordSwap as never]), 'transform 0 is the function'],
    ['seed', () => textAugmenter([randomWordSwap()], { seed: -1 }), 'seed must be'],
    ['paddingId', () => textAugmenter([randomWordSwap()], { paddingId: 0.5 }), 'paddingId must be'],
    ['epoch', () => one(randomWordSwap()).text('a b', { epoch: -1, index: 0 }), 'epoch must be'],
    ['no index', () => one(randomWordSwap()).text('a b', { epoch: 0 } as never), 'index must be'],
    ['no place', () => one(randomWordSwap()).text('a b', undefined as never), 'options must be an object'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  test.each([
    ['mixed tokens', () => one(randomWordSwap()).tokens(['a', 1], at()), 'Words are all strings, or all numbers'],
    ['no tokens', () => one(randomWordSwap()).tokens('a b' as never, at()), "an array of words or numbers, got 'a b'"],
    ['no text', () => one(randomWordSwap()).text(['a'] as never, at()), 'expected a text, got an array of 1'],
    [
      'padding in front',
      () => textAugmenter([randomWordSwap()], { paddingId: 0 }).tokens([0, 0, 1], at(3)),
      'text 3 of epoch 0: padding 0 stands at 0, before a word',
    ],
    [
      'numbers, thesaurus of words',
      () => one(synonymReplacement({ thesaurus: THESAURUS })).tokens([1, 2], at()),
      'the thesaurus has strings, the text has 1, a number',
    ],
    [
      'words, thesaurus of numbers',
      () => one(randomWordInsertion({ thesaurus: ID_THESAURUS })).text('a b', at()),
      'Give both as words, or both as numbers',
    ],
    [
      'a number too large for its array',
      () => one(synonymReplacement({ thesaurus: new Map([[1, [300]]]) })).tokens(Uint8Array.of(1), at()),
      '300 does not fit into a Uint8Array',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(DataError);
    expect(make).toThrow(message);
  });

  test('texts without words stay as they are', () => {
    const augmenter = textAugmenter(idTransforms(1), { paddingId: 0 });
    expect(augmenter.tokens([], at())).toEqual([]);
    expect(augmenter.tokens([0, 0], at())).toEqual([0, 0]);
    expect(one(randomWordDeletion({ share: 1 })).text(' ', at())).toBe('');
  });
});
