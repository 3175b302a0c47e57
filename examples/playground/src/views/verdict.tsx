// Bias or variance: what holds the net back, and what to try.

import { diagnoseErrors } from '../../../../bindings/diagnosis/diagnoseErrors.js';
import type { Run } from '../run.js';
import type { Verdict } from '../training/session.js';
import { Badge, Panel, percent } from './panel.js';

const NAMES = { avoidableBias: 'Bias', variance: 'Variance', dataMismatch: 'Data mismatch' } as const;

const MEANINGS = {
  avoidableBias: 'The net errs even on what it was trained on: it is too simple, or has not been trained enough.',
  variance: 'The net does much better on what it was trained on than on the dev data: it has learnt samples by heart.',
  dataMismatch: 'The dev data differ from those for training.',
} as const;

/** Differences of accuracy below this are chance among a few hundred samples. */
const TOLERANCE = 0.04;

/** Of the run's end, or of the last epoch. */
function verdictOf({ outcome, figures }: Run): Verdict | undefined {
  const last = figures.at(-1);
  if (outcome) return outcome.verdict;
  if (!last) return undefined;
  const { largest, avoidableBias, variance, remedies } = diagnoseErrors({
    train: 1 - last.trainAccuracy,
    dev: 1 - last.devAccuracy,
    tolerance: TOLERANCE,
  });
  return { largest, bias: avoidableBias, variance, remedies };
}

export function VerdictPanel({ run }: { run: Run }) {
  const verdict = verdictOf(run);
  const largest = verdict?.largest;
  const badge = !verdict ? (
    <Badge tone="plain">not yet</Badge>
  ) : largest ? (
    <Badge tone="bad">{NAMES[largest]}</Badge>
  ) : (
    <Badge tone="good">Good fit</Badge>
  );
  return (
    <Panel title="Bias or variance" className="verdict" aside={badge}>
      {verdict ? (
        <>
          <Bar name="Bias" value={verdict.bias} help="error on the training data" />
          <Bar name="Variance" value={verdict.variance} help="dev error beyond that" />
          <p>{largest ? MEANINGS[largest] : 'The net does well on both parts of the data.'}</p>
          {largest && (
            <details open={run.status === 'done'}>
              <summary>What to try</summary>
              <ul class="remedies">
                {verdict.remedies.slice(0, 4).map((remedy) => (
                  <li key={remedy}>{remedy}</li>
                ))}
              </ul>
            </details>
          )}
        </>
      ) : (
        <p class="muted">
          Once the net trains, its error is split into what more power, and what more data or regularisation would cure.
        </p>
      )}
    </Panel>
  );
}

function Bar({ name, value, help }: { name: string; value: number; help: string }) {
  const share = Math.min(1, Math.max(0, value));
  return (
    <div class="bar">
      <span class="bar-name">
        {name} <small class="muted">{help}</small>
      </span>
      <span class="bar-value">{percent(value)}</span>
      <meter min={0} max={0.5} low={0.04} high={0.15} optimum={0} value={Math.min(0.5, share)} aria-label={name} />
    </div>
  );
}
