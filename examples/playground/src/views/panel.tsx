// Pieces that every panel is made of.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface PanelProps {
  title: string;
  /** Beside the title: a verdict, a count. */
  aside?: ComponentChildren;
  className?: string;
  children: ComponentChildren;
}

export function Panel({ title, aside, className = '', children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${className}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Badge({ tone, children }: { tone: 'good' | 'warn' | 'bad' | 'plain'; children: ComponentChildren }) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

interface DataTableProps {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}

/** The first cell of each row names it. */
export function DataTable({ caption, head, rows }: DataTableProps) {
  return (
    // Scrolls by itself where the window is narrow, so it must be reachable by keyboard.
    <div class="table-scroll" tabIndex={0} role="group" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], i) => (
            <tr key={i}>
              <th scope="row">{name}</th>
              {cells.map((cell, j) => (
                <td key={j}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a picture shows, as figures, for those who do not see it or want them exactly. */
export function Figures({ children }: { children: ComponentChildren }) {
  return (
    <details class="figures">
      <summary>Figures</summary>
      {children}
    </details>
  );
}

interface PictureProps {
  label: string;
  className?: string;
  /** Width over height. */
  ratio: number;
  draw(context: CanvasRenderingContext2D, width: number, height: number): void;
}

/** A canvas that is drawn in the pixels of the screen, anew whenever it or its size changes. */
export function Picture({ label, className = '', ratio, draw }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const paint = () => {
    const element = canvas.current;
    if (!element) return;
    const width = element.clientWidth;
    const height = Math.round(width / ratio);
    const scale = devicePixelRatio || 1;
    if (width === 0) return;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    const context = element.getContext('2d')!;
    context.scale(scale, scale);
    latest.current(context, width, height);
  };
  useEffect(paint);
  useEffect(() => {
    const observer = new ResizeObserver(paint);
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <canvas
      ref={canvas}
      class={`picture ${className}`}
      style={{ aspectRatio: String(ratio) }}
      role="img"
      aria-label={label}
    />
  );
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const short = (value: number | undefined): string =>
  value === undefined ? '–' : !Number.isFinite(value) ? '∞' : value === 0 ? '0' : value.toPrecision(2);
