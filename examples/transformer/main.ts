// A character-level transformer on chapters of Moby-Dick: prints bits per character on held-out text, and a passage it makes up.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument } from '../figures.js';
import { loadText } from './text.js';
import { run, SIZES } from './transformer.js';

const EPOCHS = numberArgument('epochs', 10);
const SAMPLE_LENGTH = 600;

const text = loadText();
const { length, width, heads, blocks } = SIZES;
console.log(
  `Herman Melville, "Moby-Dick; or, The Whale" (1851), chapters 1 to 16: ${text.train.length} characters to train on, the last ` +
    `${text.test.length} held out, ${text.alphabet.length} different ones.\n` +
    `${blocks} blocks of width ${width} with ${heads} heads over ${length} characters; ${EPOCHS} epochs.\n`,
);
const result = await run({ text, epochs: EPOCHS, sampleLength: SAMPLE_LENGTH, callbacks: [progressBar()] });
console.log(`\n${result.summary}\n`);
console.log(`${result.sample}\n`);
console.log(
  `held-out text: ${result.bits.toFixed(3)} bits per character; by frequencies of characters alone ${result.unigramBits.toFixed(3)}; ` +
    `trained in ${result.seconds.toFixed(1)} s`,
);
