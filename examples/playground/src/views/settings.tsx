// All settings, in groups that tell in their titles what is set while they are closed.

import { FIELDS, type FieldName } from '../state/fields.js';
import type { Field } from '../state/field.js';
import { INITIAL, isUsed, type State } from '../state/state.js';
import { FieldControl } from './controls.js';
import { Panel } from './panel.js';

interface Group {
  title: string;
  fields: readonly FieldName[];
  isOpen?: boolean;
}

const GROUPS: readonly Group[] = [
  { title: 'Data', fields: ['data', 'classes', 'samples', 'noise', 'dev'], isOpen: true },
  { title: 'Net', fields: ['layers', 'activation', 'convolution', 'batchNorm'], isOpen: true },
  { title: 'Training', fields: ['optimizer', 'rate', 'schedule', 'batch', 'epochs', 'patience'], isOpen: true },
  { title: 'Regularisation', fields: ['penalty', 'strength', 'dropout', 'maxNorm'] },
  { title: 'Augmentation', fields: ['jitter', 'rotation', 'shift', 'zoom'] },
  { title: 'Randomness', fields: ['seed'] },
];

/** A setting in two words. */
function describe(name: FieldName, state: State): string {
  const field: Field = FIELDS[name];
  const value = state[name];
  if (field.kind === 'choice') return field.options.find((option) => option.value === value)?.label ?? '';
  if (field.kind === 'range') return `${field.label.toLowerCase()} ${field.format(value as number)}`;
  if (field.kind === 'flag') return field.label.toLowerCase();
  return `${field.label.toLowerCase()} ${String(value)}`;
}

/** What differs from the initial settings, so that a closed group hides nothing. */
function summaryOf(fields: readonly FieldName[], state: State): string {
  const changed = fields.filter(
    (name) => FIELDS[name].write(state[name] as never) !== FIELDS[name].write(INITIAL[name] as never),
  );
  return changed.map((name) => describe(name, state)).join(' · ');
}

interface SettingsProps {
  state: State;
  onChange(changes: Partial<State>): void;
}

export function Settings({ state, onChange }: SettingsProps) {
  return (
    <Panel title="Settings" className="settings">
      {GROUPS.map(({ title, fields, isOpen = false }) => {
        const used = fields.filter((name) => isUsed(name, state));
        const summary = summaryOf(used, state);
        return (
          <details key={title} class="group" open={isOpen}>
            <summary>
              <span class="group-title">{title}</span>
              <span class="group-summary">{summary}</span>
            </summary>
            <div class="group-fields">
              {used.map((name) => (
                <FieldControl key={name} name={name} state={state} onChange={onChange} />
              ))}
            </div>
          </details>
        );
      })}
    </Panel>
  );
}
