// Whether gradients reach all layers, by the library's own measure.

import type { Run } from '../run.js';
import { Badge, DataTable, Panel, short } from './panel.js';

const TONES = { healthy: 'good', vanishing: 'warn', exploding: 'bad', dead: 'bad' } as const;

const toneOf = (verdict: string) => TONES[verdict as keyof typeof TONES] ?? 'plain';

const share = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(100 * value)} %`);

export function Health({ run: { health } }: { run: Run }) {
  return (
    <Panel
      title="Gradient health"
      className="health"
      aside={
        health ? <Badge tone={toneOf(health.verdict)}>{health.verdict}</Badge> : <Badge tone="plain">not yet</Badge>
      }
    >
      {health && (
        <>
          <DataTable
            caption="Gradients by layer"
            head={['Layer', 'Gradient', 'Step / weights', 'Flow', 'Dead', 'Saturated']}
            rows={health.layers.map((layer) => [
              <>
                {layer.layer}{' '}
                {layer.verdict !== 'healthy' && <Badge tone={toneOf(layer.verdict)}>{layer.verdict}</Badge>}
              </>,
              short(layer.gradientNorm),
              short(layer.updateRatio),
              short(layer.flow),
              share(layer.deadShare),
              share(layer.saturatedShare),
            ])}
          />
          {health.remedies.length > 0 && (
            <details>
              <summary>What to try</summary>
              <ul class="remedies">
                {health.remedies.slice(0, 5).map((remedy) => (
                  <li key={remedy}>{remedy}</li>
                ))}
              </ul>
            </details>
          )}
          <p class="muted note">
            Step / weights is usually about 0.001. Flow is how much of the gradient arrives; 1 is all of it.
          </p>
        </>
      )}
    </Panel>
  );
}
