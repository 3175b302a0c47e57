// The worker in which nets are trained, so that the page never waits for them.

import { csvData } from './data/csvData.js';
import { digitData } from './data/digits.js';
import { pointData } from './data/points.js';
import type { SampleData, Samples } from './data/sampleData.js';
import type { DataView, FromWorker, RunRequest, ToWorker } from './training/messages.js';
import { Session } from './training/session.js';

const scope = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const post = (message: FromWorker): void => scope.postMessage(message);

let session: Session | undefined;
let latest = 0;
let wantsPlay = false;
let steps = 0;
/** Runs are made one after the other: the memory of one is free before the next asks for it. */
let queue: Promise<void> = Promise.resolve();
let digits: Promise<Uint8Array> | undefined;

async function loadDigits(): Promise<Uint8Array> {
  const response = await fetch(new URL('../../../build/playground-assets/digits.bin', import.meta.url));
  if (!response.ok) throw new Error(`The digits could not be loaded: ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

async function loadData({ state, csv, drawn }: RunRequest): Promise<SampleData> {
  if (state.data === 'digits') return digitData(await (digits ??= loadDigits()), state, drawn);
  if (state.data !== 'csv') return pointData(state);
  if (!csv) throw new Error('No table yet: choose a CSV file, or paste one.');
  return csvData(csv, state);
}

/** The first two features of samples that lie in a plane. */
function pointsOf({ x, y }: Samples, size: number): { points: Float32Array; labels: Int32Array } {
  if (size < 2 || size > 64) return { points: new Float32Array(0), labels: new Int32Array(0) };
  const points = Float32Array.from({ length: 2 * y.length }, (_, i) => x[Math.floor(i / 2) * size + (i % 2)]!);
  return { points, labels: y };
}

function viewOf(data: SampleData, parameters: number): DataView {
  const { train, dev, classes, features, extent, notes } = data;
  const size = data.shape.length === 1 ? data.shape[0]! : 0;
  return {
    trainCount: train.y.length,
    devCount: dev.y.length,
    classes,
    features,
    extent,
    train: pointsOf(train, size),
    dev: pointsOf(dev, size),
    notes,
    parameters,
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function configure(run: number, request: RunRequest, epochsPerSecond: number): Promise<void> {
  const old = session;
  session = undefined;
  await old?.dispose();
  if (run !== latest) return;
  try {
    const data = await loadData(request);
    if (run !== latest) return;
    const made = new Session(request.state, data, (frame) => post({ type: 'frame', run, frame }), epochsPerSecond);
    session = made;
    const parameters = Object.values(made.model.parameters()).reduce((sum, { length }) => sum + length, 0);
    post({ type: 'ready', run, data: viewOf(data, parameters) });
    if (wantsPlay) made.gate.open();
    for (; steps > 0; steps--) made.gate.step();
    made.run().then(
      (outcome) => outcome && post({ type: 'done', run, outcome }),
      (error: unknown) => post({ type: 'failed', run, message: messageOf(error) }),
    );
  } catch (error) {
    post({ type: 'failed', run, message: messageOf(error) });
  }
}

async function answer(id: number, make: (session: Session) => unknown): Promise<void> {
  try {
    if (!session) throw new Error('There is no net yet.');
    post({ type: 'answer', id, value: await make(session) });
  } catch (error) {
    post({ type: 'refused', id, message: messageOf(error) });
  }
}

/** A picture of the dev data. */
function sampleOf({ data: { dev } }: Session, index: number): { pixels: Float32Array; label: number } {
  const size = dev.x.length / dev.y.length;
  const at = index % dev.y.length;
  return { pixels: dev.x.slice(at * size, (at + 1) * size), label: dev.y[at]! };
}

type Handlers = { [T in ToWorker['type']]: (message: Extract<ToWorker, { type: T }>) => void };

const HANDLERS: Handlers = {
  configure({ run, request, epochsPerSecond }) {
    latest = run;
    wantsPlay = false;
    steps = 0;
    queue = queue.then(() => configure(run, request, epochsPerSecond));
  },
  play() {
    wantsPlay = true;
    session?.gate.open();
  },
  pause() {
    wantsPlay = false;
    session?.gate.close();
  },
  step() {
    wantsPlay = false;
    if (session) session.gate.step();
    else steps++;
  },
  drawn: () => session?.drawn(),
  speed({ epochsPerSecond }) {
    if (session) session.gate.epochsPerSecond = epochsPerSecond;
  },
  predict: ({ id, pixels }) => void answer(id, (current) => current.predict(pixels)),
  sample: ({ id, index }) => void answer(id, (current) => sampleOf(current, index)),
  export: ({ id, name }) => void answer(id, (current) => current.export(name)),
};

scope.onmessage = ({ data }) => (HANDLERS[data.type] as (message: ToWorker) => void)(data);
