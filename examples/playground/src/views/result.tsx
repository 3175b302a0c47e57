// What can be taken away: the link, the files, and the fingerprint of the weights.

import { useState } from 'preact/hooks';
import type { TrainerClient } from '../client.js';
import { EXPORT_NAMES, EXPORTS, type ExportName } from '../exports.js';
import type { Run } from '../run.js';
import { writeState, type State } from '../state/state.js';
import { Panel } from './panel.js';

interface ResultProps {
  run: Run;
  client: TrainerClient;
  state: State;
}

function download(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function Result({ run, client, state }: ResultProps) {
  const [message, setMessage] = useState('');
  const link = `${location.origin}${location.pathname}#${writeState(state)}`;
  const { outcome } = run;
  const save = (name: ExportName) =>
    client.ask<Uint8Array>({ type: 'export', name }).then(
      (bytes) => {
        download(bytes, `${state.data}.${EXPORTS[name].extension}`);
        setMessage(`${EXPORTS[name].label}: ${bytes.length.toLocaleString('en')} bytes saved.`);
      },
      (error: Error) => setMessage(error.message),
    );
  const copy = () =>
    navigator.clipboard.writeText(link).then(
      () => setMessage('Link copied.'),
      () => setMessage('The browser does not let the page copy: select the link and copy it.'),
    );
  return (
    <Panel title="Take it with you" className="result">
      <div class="actions">
        {EXPORT_NAMES.map((name) => (
          <button
            key={name}
            type="button"
            title={EXPORTS[name].help}
            disabled={!run.frame}
            onClick={() => void save(name)}
          >
            Save as {EXPORTS[name].label}
          </button>
        ))}
        <button type="button" onClick={() => void copy()}>
          Copy link
        </button>
      </div>
      <label class="link">
        <span>Link to these settings</span>
        <input type="text" readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
      </label>
      <p role="status" class="muted note message">
        {message}
      </p>
      <dl class="fingerprint">
        <div>
          <dt>Seed</dt>
          <dd>{state.seed}</dd>
        </div>
        <div>
          <dt>SHA-256 of the weights</dt>
          <dd data-testid="sha256">{outcome ? outcome.sha256 : 'when the run has ended'}</dd>
        </div>
      </dl>
      <p class="muted note">
        The same link gives the same bits on every machine, in every browser, and in Node: compare the digits.
      </p>
    </Panel>
  );
}
