// Digits: a pad to draw on, what the net makes of it, and what it reads wrongly.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { TrainerClient } from '../client.js';
import { PIXELS, type DrawnDigit } from '../data/digits.js';
import { centred } from '../data/pad.js';
import type { Palette } from '../palette.js';
import type { Run } from '../run.js';
import { Pad, Pixels } from './pad.js';
import { Panel, percent } from './panel.js';

interface DigitsProps {
  run: Run;
  client: TrainerClient;
  palette: Palette;
  drawn: readonly DrawnDigit[];
  onDrawn(drawn: readonly DrawnDigit[]): void;
}

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

export function Digits({ run, client, palette, drawn, onDrawn }: DigitsProps) {
  const [pixels, setPixels] = useState<Float32Array>();
  const [shares, setShares] = useState<readonly number[]>();
  const [known, setKnown] = useState<number>();
  const [clears, setClears] = useState(0);
  const next = useRef(0);
  const epoch = run.frame?.epoch;
  useEffect(() => {
    let isCurrent = true;
    if (!pixels || !run.frame) return setShares(undefined);
    client.ask<number[]>({ type: 'predict', pixels }).then(
      (value) => isCurrent && setShares(value),
      () => isCurrent && setShares(undefined),
    );
    return () => {
      isCurrent = false;
    };
  }, [pixels, epoch, run.status]);

  const show = (given: Float32Array | undefined, label?: number) => {
    setPixels(given);
    setKnown(label);
  };
  const sample = async () => {
    const { pixels: taken, label } = await client.ask<DrawnDigit>({ type: 'sample', index: next.current++ });
    setClears(clears + 1);
    show(taken, label);
  };
  const best = shares?.indexOf(Math.max(...shares));
  return (
    <Panel title="Draw a digit" className="digits">
      <div class="digits-body">
        <div class="digits-pad">
          <Pad
            palette={palette}
            shown={known === undefined ? undefined : pixels}
            clears={clears}
            onDraw={(ink) => show(centred(ink))}
          />
          <div class="actions">
            <button
              type="button"
              onClick={() => {
                setClears(clears + 1);
                show(undefined);
              }}
            >
              Clear
            </button>
            <button type="button" disabled={!run.data} onClick={() => void sample()}>
              Show a dev sample
            </button>
          </div>
        </div>
        <div class="shares">
          <p role="status" class="reading">
            {best === undefined || !shares
              ? 'Draw with mouse, pen or finger, or take a dev sample.'
              : `The net reads ${best}, with ${percent(shares[best]!)}${known === undefined ? '' : `; it is ${known}`}.`}
          </p>
          <ul aria-label="How likely each digit is">
            {DIGITS.map((digit) => (
              <li key={digit} class={digit === best ? 'is-best' : ''}>
                <span>{digit}</span>
                <meter min={0} max={1} value={shares?.[digit] ?? 0} aria-label={`Digit ${digit}`} />
                <span class="share">{shares ? percent(shares[digit]!) : '–'}</span>
              </li>
            ))}
          </ul>
        </div>
      </div>
      <fieldset class="teach">
        <legend>Teach it: this is a …</legend>
        {DIGITS.map((digit) => (
          <button
            key={digit}
            type="button"
            class="small"
            disabled={!pixels || pixels.length !== PIXELS}
            aria-label={`Add the drawing to the training data as ${digit}`}
            onClick={() => onDrawn([...drawn, { pixels: pixels!, label: digit }])}
          >
            {digit}
          </button>
        ))}
        {drawn.length > 0 && (
          <button type="button" onClick={() => onDrawn([])}>
            Forget {drawn.length} taught
          </button>
        )}
      </fieldset>
      <h3>What it reads wrongly</h3>
      {run.mistakes?.length ? (
        <ul class="mistakes">
          {run.mistakes.map(({ pixels: wrong, label, predicted }, i) => (
            <li key={i}>
              <Pixels pixels={wrong} palette={palette} label={`A ${label} that the net reads as ${predicted}`} />
              <span aria-hidden="true">
                {label} → {predicted}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="muted note">{run.mistakes ? 'Nothing of the dev data.' : 'Not known yet.'}</p>
      )}
      {run.data?.notes.map((note) => (
        <p key={note} class="muted note">
          {note}
        </p>
      ))}
    </Panel>
  );
}
