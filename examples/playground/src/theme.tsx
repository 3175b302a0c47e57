// Light or dark: what the system says, unless the reader has chosen.

import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'wasmgrad-playground-theme';
const DARK = '(prefers-color-scheme: dark)';

/** Storage may be forbidden: then the choice lasts as long as the page. */
function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

export interface ThemeState {
  theme: Theme;
  isDark: boolean;
  setTheme(theme: Theme): void;
}

export function useTheme(): ThemeState {
  const [theme, setTheme] = useState<Theme>(stored);
  const [systemIsDark, setSystemIsDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const listen = () => setSystemIsDark(query.matches);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  const isDark = theme === 'system' ? systemIsDark : theme === 'dark';
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  }, [isDark]);
  useEffect(() => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // See above.
    }
  }, [theme]);
  return { theme, isDark, setTheme };
}
