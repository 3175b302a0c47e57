// The pad, and small pictures of digits.

import { useEffect, useRef } from 'preact/hooks';
import { SIDE } from '../data/digits.js';
import { PAD_SIDE } from '../data/pad.js';
import { hexToRgb, type Palette } from '../palette.js';
import { Picture } from './panel.js';

interface PadProps {
  palette: Palette;
  /** A picture to show in place of strokes. */
  shown: Float32Array | undefined;
  /** The pad is cleared when this changes. */
  clears: number;
  onDraw(ink: Float32Array): void;
}

const STROKE = 9;

function drawPixels(context: CanvasRenderingContext2D, width: number, pixels: Float32Array, palette: Palette): void {
  const [red, green, blue] = hexToRgb(palette.ink);
  const cell = width / SIDE;
  context.clearRect(0, 0, width, width);
  pixels.forEach((value, p) => {
    context.fillStyle = `rgb(${red} ${green} ${blue} / ${value})`;
    context.fillRect((p % SIDE) * cell, Math.floor(p / SIDE) * cell, cell + 0.3, cell + 0.3);
  });
}

export function Pixels({ pixels, palette, label }: { pixels: Float32Array; palette: Palette; label: string }) {
  return <Picture ratio={1} label={label} draw={(context, width) => drawPixels(context, width, pixels, palette)} />;
}

/** The ink is in the canvas' alpha: its colour is that of the theme. */
function inkOf(context: CanvasRenderingContext2D): Float32Array {
  const { data } = context.getImageData(0, 0, PAD_SIDE, PAD_SIDE);
  return Float32Array.from({ length: PAD_SIDE * PAD_SIDE }, (_, i) => data[4 * i + 3]! / 255);
}

export function Pad({ palette, shown, clears, onDraw }: PadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDrawing = useRef(false);
  const isFresh = useRef(true);
  const context = () => canvas.current!.getContext('2d', { willReadFrequently: true })!;
  useEffect(() => {
    context().clearRect(0, 0, PAD_SIDE, PAD_SIDE);
    isFresh.current = true;
  }, [clears]);
  useEffect(() => {
    if (shown) drawPixels(context(), PAD_SIDE, shown, palette);
  }, [shown, palette]);

  const placeOf = (event: PointerEvent): [number, number] => {
    const box = canvas.current!.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * PAD_SIDE, ((event.clientY - box.top) / box.height) * PAD_SIDE];
  };
  const begin = (event: PointerEvent) => {
    event.preventDefault();
    canvas.current!.setPointerCapture(event.pointerId);
    const pen = context();
    if (shown || isFresh.current) pen.clearRect(0, 0, PAD_SIDE, PAD_SIDE);
    isFresh.current = false;
    isDrawing.current = true;
    Object.assign(pen, { lineWidth: STROKE, lineCap: 'round', lineJoin: 'round', strokeStyle: palette.ink });
    pen.beginPath();
    pen.moveTo(...placeOf(event));
    draw(event);
  };
  const draw = (event: PointerEvent) => {
    if (!isDrawing.current) return;
    const pen = context();
    pen.lineTo(...placeOf(event));
    pen.stroke();
    onDraw(inkOf(pen));
  };
  return (
    <canvas
      ref={canvas}
      class="pad"
      width={PAD_SIDE}
      height={PAD_SIDE}
      role="img"
      aria-label="Pad to draw a digit on with mouse, pen or finger. By keyboard, use Show a dev sample."
      onPointerDown={begin}
      onPointerMove={draw}
      onPointerUp={() => (isDrawing.current = false)}
      onPointerCancel={() => (isDrawing.current = false)}
    />
  );
}
