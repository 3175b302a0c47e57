// Colours of what is drawn on canvases. Classes differ in the shape of their points too.

export interface Palette {
  surface: string;
  ink: string;
  muted: string;
  grid: string;
  train: string;
  dev: string;
  marker: string;
  positive: string;
  negative: string;
  classes: readonly (readonly [red: number, green: number, blue: number])[];
}

const LIGHT: Palette = {
  surface: '#ffffff',
  ink: '#171c2b',
  muted: '#5a6279',
  grid: '#e6e9f1',
  train: '#3257d6',
  dev: '#b34806',
  marker: '#6b3fb5',
  positive: '#3257d6',
  negative: '#d9640f',
  classes: [
    [50, 87, 214],
    [227, 112, 20],
    [14, 138, 106],
    [178, 40, 148],
    [120, 94, 40],
    [0, 140, 170],
    [200, 40, 60],
    [100, 110, 130],
    [110, 150, 20],
    [110, 60, 190],
  ],
};

const DARK: Palette = {
  surface: '#171b26',
  ink: '#e8ebf4',
  muted: '#a3abc2',
  grid: '#2a3040',
  train: '#8aa4ff',
  dev: '#ffa05c',
  marker: '#c9a6ff',
  positive: '#8aa4ff',
  negative: '#ff9d57',
  classes: [
    [110, 142, 255],
    [255, 150, 70],
    [60, 200, 160],
    [240, 120, 215],
    [215, 185, 110],
    [70, 200, 230],
    [255, 110, 120],
    [170, 180, 200],
    [170, 215, 80],
    [180, 140, 255],
  ],
};

export const paletteOf = (isDark: boolean): Palette => (isDark ? DARK : LIGHT);

export const cssOf = ([red, green, blue]: readonly [number, number, number], alpha = 1): string =>
  `rgb(${red} ${green} ${blue} / ${alpha})`;

export const hexToRgb = (hex: string): [number, number, number] => [
  parseInt(hex.slice(1, 3), 16),
  parseInt(hex.slice(3, 5), 16),
  parseInt(hex.slice(5, 7), 16),
];
