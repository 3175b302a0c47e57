// A control for each kind of field, with its label and its explanation.

import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { ChoiceField, Field, LayersField, RangeField, WholeField } from '../state/field.js';
import { FIELDS, type FieldName } from '../state/fields.js';
import type { State } from '../state/state.js';

interface ControlProps<F extends Field, T> {
  field: F;
  id: string;
  helpId: string;
  value: T;
  onChange(value: T): void;
}

type AnyChoice = ChoiceField<string> | ChoiceField<number>;

function Choice({ field, id, helpId, value, onChange }: ControlProps<AnyChoice, string | number>) {
  return (
    <select
      id={id}
      aria-describedby={helpId}
      value={String(value)}
      onChange={(event) => onChange(field.parse(event.currentTarget.value) ?? field.initial)}
    >
      {field.options.map(({ value: option, label }) => (
        <option key={option} value={String(option)}>
          {label}
        </option>
      ))}
    </select>
  );
}

function Range({ field, id, helpId, value, onChange }: ControlProps<RangeField, number>) {
  const { minimum, maximum, step, format } = field;
  return (
    <span class="range">
      <input
        type="range"
        id={id}
        aria-describedby={helpId}
        aria-valuetext={format(value)}
        min={minimum}
        max={maximum}
        step={step}
        value={value}
        onInput={(event) => onChange(field.parse(event.currentTarget.value) ?? value)}
      />
      <output for={id}>{format(value)}</output>
    </span>
  );
}

interface NumberInputProps {
  id?: string;
  helpId?: string;
  label?: string;
  minimum: number;
  maximum: number;
  value: number;
  onChange(value: number): void;
}

/** A whole number. What is being typed stays until it is complete, however often the page is drawn meanwhile. */
function NumberInput({ id, helpId, label, minimum, maximum, value, onChange }: NumberInputProps) {
  const [draft, setDraft] = useState<string>();
  const commit = (text: string) => {
    setDraft(undefined);
    const number = Number(text);
    if (text !== '' && Number.isInteger(number) && number >= minimum && number <= maximum) onChange(number);
  };
  return (
    <input
      type="number"
      id={id}
      aria-describedby={helpId}
      aria-label={label}
      min={minimum}
      max={maximum}
      step={1}
      value={draft ?? String(value)}
      onInput={(event) => setDraft(event.currentTarget.value)}
      onChange={(event) => commit(event.currentTarget.value)}
      onBlur={() => setDraft(undefined)}
    />
  );
}

function Whole({ field, id, helpId, value, onChange }: ControlProps<WholeField, number>) {
  const { minimum, maximum } = field;
  return <NumberInput id={id} helpId={helpId} minimum={minimum} maximum={maximum} value={value} onChange={onChange} />;
}

function Flag({ id, helpId, value, onChange }: Omit<ControlProps<Field, boolean>, 'field'>) {
  return (
    <input
      type="checkbox"
      class="switch"
      role="switch"
      id={id}
      aria-describedby={helpId}
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

const NEW_UNITS = 8;

function Layers({ field, helpId, value, onChange }: ControlProps<LayersField, readonly number[]>) {
  const { maximumLayers, maximumUnits } = field;
  return (
    <div class="layers" role="group" aria-label={field.label} aria-describedby={helpId}>
      {value.map((units, i) => (
        <NumberInput
          key={i}
          label={`Units of hidden layer ${i + 1}`}
          minimum={1}
          maximum={maximumUnits}
          value={units}
          onChange={(count) => onChange(value.with(i, count))}
        />
      ))}
      {value.length === 0 && <span class="muted">none</span>}
      <button
        type="button"
        class="small"
        aria-label="Remove the last layer"
        disabled={value.length === 0}
        onClick={() => onChange(value.slice(0, -1))}
      >
        −
      </button>
      <button
        type="button"
        class="small"
        aria-label="Add a layer"
        disabled={value.length >= maximumLayers}
        onClick={() => onChange([...value, value.at(-1) ?? NEW_UNITS])}
      >
        +
      </button>
    </div>
  );
}

// Each kind is given the value of its own fields; the table of fields sees to that.
const CONTROLS = { choice: Choice, range: Range, whole: Whole, flag: Flag, layers: Layers } as unknown as Record<
  Field['kind'],
  (props: ControlProps<Field, unknown>) => ComponentChildren
>;

interface FieldControlProps {
  name: FieldName;
  state: State;
  onChange(changes: Partial<State>): void;
}

/** A labelled control. Its explanation is always read out, and shown when asked for. */
export function FieldControl({ name, state, onChange }: FieldControlProps) {
  const id = useId();
  const helpId = `${id}-help`;
  const [isOpen, setIsOpen] = useState(false);
  const field: Field = FIELDS[name];
  const Control = CONTROLS[field.kind];
  return (
    <div class={`field field-${field.kind}`} data-field={name}>
      <div class="field-label">
        {field.kind === 'layers' ? <span>{field.label}</span> : <label for={id}>{field.label}</label>}
        <button
          type="button"
          class="hint"
          aria-label={`What is ${field.label}?`}
          aria-expanded={isOpen}
          aria-controls={helpId}
          title={field.help}
          onClick={() => setIsOpen(!isOpen)}
        >
          ?
        </button>
      </div>
      <Control
        field={field}
        id={id}
        helpId={helpId}
        value={state[name]}
        onChange={(value) => onChange({ [name]: value })}
      />
      <p id={helpId} class={isOpen ? 'help' : 'hidden'}>
        {field.help}
      </p>
    </div>
  );
}
