import { OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue } from '../../runtime/suggest.js';
import type { Callback } from '../history.js';
import { writerOf, type Sink } from './sink.js';

export interface CsvLoggerOptions {
  /** Where the text goes: a function, or a stream. For a file see `fileSink` of `wasmgrad/node`. */
  write: Sink<string>;
  /** One character between fields; a comma by default. */
  separator?: string;
  /** Go on with a table that has its heading already; false by default. */
  append?: boolean;
}

/**
 * One line of comma-separated values an epoch: `epoch` from 0, then the figures; a heading comes first. Numbers have all their
 * digits; a field with a separator, quote or line break is quoted (RFC 4180, with line feeds).
 *
 * @example
 * let table = '';
 * await model.fit(x, y, { epochs: 5, callbacks: [csvLogger({ write: (text) => (table += text) })] });
 */
export function csvLogger(options: CsvLoggerOptions): Callback {
  checkOptions('csvLogger', options, ['write', 'separator', 'append']);
  const { separator = ',', append = false } = options;
  if (typeof separator !== 'string' || separator.length !== 1 || /["\r\n]/.test(separator)) {
    throw new OptionError(`csvLogger: separator must be one character, not a quote, got ${describeValue(separator)}.`);
  }
  const write = writerOf('csvLogger', options.write);
  const field = (value: string | number): string => {
    const text = String(value);
    return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lineOf = (values: readonly (string | number)[]) => `${values.map(field).join(separator)}\n`;
  let columns: string[] | undefined;
  return {
    onTrainBegin() {
      if (!append) columns = undefined;
    },
    async onEpochEnd(epoch, logs) {
      const isFirst = columns === undefined;
      const known = (columns ??= Object.keys(logs));
      const added = Object.keys(logs).find((name) => !known.includes(name));
      if (added) {
        throw new OptionError(
          `csvLogger: epoch ${epoch} has a figure '${added}' that the heading lacks. Use jsonLinesLogger.`,
        );
      }
      const line = lineOf([epoch, ...known.map((name) => logs[name] ?? '')]);
      await write(isFirst && !append ? lineOf(['epoch', ...known]) + line : line);
    },
  };
}
