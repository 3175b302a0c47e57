// A table of the reader's own: from a file, or pasted. It stays in the page, and is not part of the link.

import { useState } from 'preact/hooks';
import { targetColumns, type CsvInput } from '../data/csvData.js';
import { SAMPLE_CSV } from '../data/sampleCsv.js';
import { Panel } from './panel.js';

interface CsvPanelProps {
  csv: CsvInput | undefined;
  onCsv(csv: CsvInput): void;
}

export function CsvPanel({ csv, onCsv }: CsvPanelProps) {
  const [text, setText] = useState(csv?.text ?? '');
  const [error, setError] = useState<string>();
  const [columns, setColumns] = useState<readonly string[]>([]);
  const use = (given: string, target?: string): void => {
    setText(given);
    try {
      const found = targetColumns(given);
      setColumns(found);
      setError(undefined);
      onCsv({ text: given, target: target ?? found[0]! });
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <Panel title="Your table" className="csv">
      <p class="muted">
        A row of names, then rows of cells. Columns of numbers are the features; one column names the class. It does not
        leave this page.
      </p>
      <div class="actions">
        <label class="file">
          <span>CSV file</span>
          <input
            type="file"
            accept=".csv,text/csv,text/plain"
            onChange={(event) => void event.currentTarget.files?.[0]?.text().then((read) => use(read))}
          />
        </label>
        <button type="button" onClick={() => use(SAMPLE_CSV)}>
          Use a sample
        </button>
      </div>
      <label class="paste">
        <span>Or paste it</span>
        <textarea rows={5} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <div class="actions">
        <button type="button" disabled={text.trim() === ''} onClick={() => use(text)}>
          Use this table
        </button>
        {columns.length > 0 && (
          <label>
            <span>Class column </span>
            <select value={csv?.target ?? columns[0]} onChange={(event) => use(text, event.currentTarget.value)}>
              {columns.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {error !== undefined && (
        <p class="notice notice-bad" role="alert">
          {error}
        </p>
      )}
    </Panel>
  );
}
