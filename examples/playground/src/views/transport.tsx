// Start, pause, step, and where the run stands.

import type { Run } from '../run.js';
import { percent } from './panel.js';

export const SPEEDS = {
  slow: { label: 'Slow', epochsPerSecond: 5 },
  normal: { label: 'Normal', epochsPerSecond: 40 },
  full: { label: 'As fast as it can', epochsPerSecond: Infinity },
} as const;

export type SpeedName = keyof typeof SPEEDS;

interface TransportProps {
  run: Run;
  epochs: number;
  speed: SpeedName;
  onPlay(): void;
  onPause(): void;
  onStep(): void;
  onReset(): void;
  onSeed(): void;
  onSpeed(name: SpeedName): void;
}

const PLAY_LABELS: Readonly<Record<Run['status'], string>> = {
  loading: 'Train',
  ready: 'Train',
  playing: 'Pause',
  paused: 'Go on',
  done: 'Train again',
  failed: 'Try again',
};

export function Transport(props: TransportProps) {
  const { run, epochs, speed, onPlay, onPause, onStep, onReset, onSeed, onSpeed } = props;
  const { status, figures, outcome } = run;
  const isPlaying = status === 'playing';
  const isOver = status === 'done' || status === 'failed';
  const last = figures.at(-1);
  const epoch = last?.epoch ?? 0;
  return (
    <section class="transport" aria-label="Training">
      <div class="buttons">
        <button type="button" class="primary" onClick={isPlaying ? onPause : onPlay}>
          <span aria-hidden="true">{isPlaying ? '❚❚' : '▶'}</span> {PLAY_LABELS[status]}
        </button>
        <button type="button" onClick={onStep} disabled={isPlaying || isOver} title="Train for one epoch">
          Step
        </button>
        <button type="button" onClick={onReset} title="Back to the first weights of this seed">
          Reset
        </button>
        <button type="button" onClick={onSeed} title="Other data and other first weights">
          New seed
        </button>
        <label class="speed">
          <span>Speed</span>
          <select value={speed} onChange={(event) => onSpeed(event.currentTarget.value as SpeedName)}>
            {Object.entries(SPEEDS).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <dl class="standing">
        <div>
          <dt>Epoch</dt>
          <dd data-testid="epoch">
            {epoch}
            <small> / {epochs}</small>
          </dd>
        </div>
        <div class="of-train">
          <dt>Train accuracy</dt>
          <dd data-testid="train-accuracy">{format(outcome?.trainAccuracy ?? last?.trainAccuracy)}</dd>
        </div>
        <div class="of-dev">
          <dt>Dev accuracy</dt>
          <dd data-testid="dev-accuracy">{format(outcome?.devAccuracy ?? last?.devAccuracy)}</dd>
        </div>
      </dl>
      <progress max={epochs} value={epoch} aria-label="Epochs" />
    </section>
  );
}

const format = (share: number | undefined): string => (share === undefined ? '–' : percent(share));
