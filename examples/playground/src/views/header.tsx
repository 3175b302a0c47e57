// Title, presets, and light or dark.

import { PRESETS } from '../state/presets.js';
import { isSameState, type State } from '../state/state.js';
import type { Theme, ThemeState } from '../theme.js';

interface HeaderProps extends ThemeState {
  state: State;
  onPreset(state: State): void;
}

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function Header({ state, onPreset, theme, setTheme }: HeaderProps) {
  const active = PRESETS.find((preset) => isSameState(preset.state, state));
  return (
    <header class="top">
      <div class="title">
        <div>
          <h1>
            wasmgrad <span>playground</span>
          </h1>
          <p class="tagline">Train a neural net in this page and watch it learn.</p>
        </div>
        <label class="theme">
          <span class="hidden">Colours</span>
          <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
            {THEMES.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="presets" role="group" aria-label="Presets">
        {PRESETS.map((preset) => (
          <button
            key={preset.name}
            type="button"
            class="chip"
            aria-pressed={preset === active}
            onClick={() => onPreset(preset.state)}
          >
            {preset.name}
          </button>
        ))}
      </div>
      <p class="lesson">
        {active?.lesson ?? 'Settings of your own. The address of the page holds them: copy it to share them.'}
      </p>
    </header>
  );
}
