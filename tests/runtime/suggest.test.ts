// Nearest names, and values described for messages.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OptionError } from '../../bindings/index.js';
import { checkNumber, checkOptions, describeValue, nearestName } from '../../bindings/runtime/suggest.js';

const NAMES = ['relu', 'leakyRelu', 'sigmoid', 'softmax', 'logSoftmax', 'softplus'];

describe('nearestName', () => {
  test.each([
    ['relu', 'relu'],
    ['ReLU', 'relu'],
    ['rleu', 'relu'],
    ['leaky_relu', 'leakyRelu'],
    ['sigmoit', 'sigmoid'],
    ['sofmax', 'softmax'],
    ['softplsu', 'softplus'],
  ])('%s means %s', (given, meant) => {
    expect(nearestName(given, NAMES)).toBe(meant);
  });

  test.each(['banana', '', 'x', 'convolution'])("'%s' means none of them", (given) => {
    expect(nearestName(given, NAMES)).toBeUndefined();
    expect(nearestName(given, [])).toBeUndefined();
  });

  test('one wrong, missing or extra letter always finds a name of five letters or more', () => {
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
    const edits = fc.record({
      name: fc.constantFrom(...NAMES.filter((name) => name.length > 4)),
      at: fc.nat(),
      inserted: fc.constantFrom('', 'one'),
      removed: fc.boolean(),
      letter,
    });
    const property = fc.property(edits, ({ name, at, inserted, removed, letter: extra }) => {
      const place = at % name.length;
      const edited = name.slice(0, place) + (inserted && extra) + name.slice(place + (removed ? 1 : 0));
      expect(nearestName(edited, NAMES)).toBe(name);
    });
    fc.assert(property, { seed: 1 });
  });
});

describe('checks', () => {
  const messageOf = (action: () => unknown): string => {
    expect(action).toThrow(OptionError);
    try {
      action();
    } catch (error) {
      return (error as OptionError).message;
    }
    return '';
  };

  test('checkOptions lets known keys pass and names the first other one', () => {
    expect(() => checkOptions('here', { a: 1, b: undefined }, ['a', 'b'])).not.toThrow();
    expect(messageOf(() => checkOptions('here', { seeed: 1 }, ['seed', 'name']))).toBe(
      "here: unknown option 'seeed'. Did you mean 'seed'? Known: seed, name.",
    );
    expect(messageOf(() => checkOptions('here', null as never, []))).toBe('here: options must be an object, got null.');
  });

  test('checkNumber returns what is in range, and tells the bounds otherwise', () => {
    const share = { minimum: 0, below: 1 };
    expect(checkNumber('here', 'rate', 0, share)).toBe(0);
    expect(checkNumber('here', 'rate', 0.999, share)).toBe(0.999);
    expect(messageOf(() => checkNumber('here', 'rate', 1, share))).toBe(
      'here: rate must be a finite number >= 0 and < 1, got 1.',
    );
    expect(messageOf(() => checkNumber('here', 'size', 1.5, { above: 0, maximum: 8, integer: true }))).toBe(
      'here: size must be a whole number > 0 and <= 8, got 1.5.',
    );
    for (const value of [NaN, Infinity, -Infinity, '1', null, undefined, 1n, {}]) {
      messageOf(() => checkNumber('here', 'rate', value));
    }
    for (const value of [0, 9, -1]) {
      messageOf(() => checkNumber('here', 'size', value, { above: 0, maximum: 8 }));
    }
    expect(checkNumber('here', 'size', 8, { above: 0, maximum: 8 })).toBe(8);
  });

  test.each([
    [3, '3'],
    [undefined, 'undefined'],
    [null, 'null'],
    ['text', "'text'"],
    [[1, 2], 'an array of 2'],
    [new Float32Array(2), 'a Float32Array'],
    [Object.create(null), 'a plain object'],
    [describeValue, "the function 'describeValue'"],
    [() => 0, 'a function'],
  ])('%s is described', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});
