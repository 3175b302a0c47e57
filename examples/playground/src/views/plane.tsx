// The plane: which class the net sees where, with the samples on it.

import { cssOf, hexToRgb, type Palette } from '../palette.js';
import type { Run } from '../run.js';
import type { Plane } from '../training/frame.js';
import type { DataView } from '../training/messages.js';
import { DataTable, Figures, Panel, percent, Picture } from './panel.js';

/** How strong a class that is certain colours the plane. */
const STRENGTH = 0.62;

/** Paths of points by class: round, square, triangle, diamond, again. */
const SHAPES: readonly ((context: CanvasRenderingContext2D, x: number, y: number, r: number) => void)[] = [
  (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
  (context, x, y, r) => context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
  (context, x, y, r) => polygon(context, x, y, 1.25 * r, 3),
  (context, x, y, r) => polygon(context, x, y, 1.2 * r, 4),
];

function polygon(context: CanvasRenderingContext2D, x: number, y: number, r: number, corners: number): void {
  for (let i = 0; i < corners; i++) {
    const angle = (2 * Math.PI * i) / corners;
    context.lineTo(x + r * Math.sin(angle), y - r * Math.cos(angle));
  }
  context.closePath();
}

function drawClasses(context: CanvasRenderingContext2D, width: number, plane: Plane, palette: Palette): void {
  const { side, classes, certainty } = plane;
  const image = new ImageData(side, side);
  const surface = hexToRgb(palette.surface);
  for (let i = 0; i < side * side; i++) {
    const colour = palette.classes[classes[i]! % palette.classes.length]!;
    const strength = STRENGTH * (certainty[i]! / 255);
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = surface[c]! + (colour[c]! - surface[c]!) * strength;
    image.data[4 * i + 3] = 255;
  }
  const small = new OffscreenCanvas(side, side);
  small.getContext('2d')!.putImageData(image, 0, 0);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, width, width);
}

function drawPoints(context: CanvasRenderingContext2D, width: number, data: DataView, palette: Palette): void {
  const extent = data.extent!;
  const radius = Math.max(2.2, Math.min(4.2, (width / 130) * (data.trainCount > 500 ? 0.8 : 1)));
  const at = (value: number): number => ((value / extent + 1) / 2) * width;
  const parts = [
    { ...data.train, isFilled: true },
    { ...data.dev, isFilled: false },
  ];
  for (const { points, labels, isFilled } of parts) {
    labels.forEach((label, i) => {
      const colour = cssOf(palette.classes[label % palette.classes.length]!);
      context.beginPath();
      SHAPES[label % SHAPES.length]!(context, at(points[2 * i]!), at(-points[2 * i + 1]!), radius);
      context.fillStyle = isFilled ? colour : palette.surface;
      context.strokeStyle = isFilled ? palette.surface : colour;
      context.lineWidth = isFilled ? 0.8 : 1.6;
      context.fill();
      context.stroke();
    });
  }
}

/** The share of the plane that each class has. */
function sharesOf(plane: Plane, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  plane.classes.forEach((label) => counts[label]!++);
  return counts.map((count) => count / plane.classes.length);
}

const countsOf = (labels: Int32Array, label: number): number => labels.filter((other) => other === label).length;

export function PlanePanel({ run, palette }: { run: Run; palette: Palette }) {
  const { data, frame, figures } = run;
  const plane = frame?.plane;
  const last = figures.at(-1);
  const shares = data && plane ? sharesOf(plane, data.classes.length) : undefined;
  const label = [
    data ? `${data.trainCount + data.devCount} samples of ${data.classes.length} classes in a plane.` : 'No data yet.',
    shares && data
      ? `The net gives ${data.classes.map((name, i) => `${percent(shares[i]!)} of it to ${name}`).join(', ')}.`
      : '',
    last ? `It is right on ${percent(last.devAccuracy)} of the dev data.` : '',
  ].join(' ');
  return (
    <Panel
      title="Decision boundary"
      className="plane"
      aside={data && <span class="muted">{data.parameters.toLocaleString('en')} weights</span>}
    >
      {data && data.extent === undefined ? (
        <p class="muted">One feature alone makes no plane. The curves show how the net learns.</p>
      ) : (
        <Picture
          label={label}
          ratio={1}
          className="plane-picture"
          draw={(context, width) => {
            context.fillStyle = palette.surface;
            context.fillRect(0, 0, width, width);
            if (plane) drawClasses(context, width, plane, palette);
            if (data) drawPoints(context, width, data, palette);
          }}
        />
      )}
      {data && (
        <>
          <ul class="legend">
            {data.classes.map((name, i) => (
              <li key={name}>
                <Marker label={i} palette={palette} /> {name}
              </li>
            ))}
            <li>
              <Marker label={0} palette={palette} isMuted /> train
            </li>
            <li>
              <Marker label={0} palette={palette} isMuted isHollow /> dev
            </li>
          </ul>
          {data.notes.map((note) => (
            <p key={note} class="muted note">
              {note}
            </p>
          ))}
          <Figures>
            <DataTable
              caption="Samples and share of the plane, by class"
              head={['Class', 'Train', 'Dev', 'Share of the plane']}
              rows={data.classes.map((name, i) => [
                name,
                countsOf(data.train.labels, i),
                countsOf(data.dev.labels, i),
                shares ? percent(shares[i]!) : '–',
              ])}
            />
          </Figures>
        </>
      )}
    </Panel>
  );
}

interface MarkerProps {
  label: number;
  palette: Palette;
  isMuted?: boolean;
  isHollow?: boolean;
}

const CORNERS = ['', 'M2.5 2.5h9v9h-9z', 'M7 1l6 10.5H1z', 'M7 .8 13.2 7 7 13.2.8 7z'];

function Marker({ label, palette, isMuted = false, isHollow = false }: MarkerProps) {
  const colour = isMuted ? palette.muted : cssOf(palette.classes[label % palette.classes.length]!);
  const paint = { fill: isHollow ? 'none' : colour, stroke: colour, 'stroke-width': isHollow ? 2 : 0 };
  const path = CORNERS[label % CORNERS.length];
  return (
    <svg viewBox="0 0 14 14" class="marker" aria-hidden="true">
      {path ? <path d={path} {...paint} /> : <circle cx="7" cy="7" r="5" {...paint} />}
    </svg>
  );
}
