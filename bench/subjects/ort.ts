// onnxruntime-web on its wasm backend (SIMD), one thread. It predicts only.

import { channelsFirst, writeOnnx } from '../onnx.js';
import { Unsupported, type InferenceCase, type RunnableCase, type Subject } from '../subject.js';

type Feeds = Record<string, unknown>;

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Feeds): Promise<Record<string, { data: Float32Array }>>;
  release(): Promise<void>;
}

/** What is used of onnxruntime-web. Declared here so that the bench compiles without it. */
interface Ort {
  env: { wasm: { numThreads?: number } };
  Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

export async function loadOrt(): Promise<Subject[]> {
  const name = 'onnxruntime-web';
  const ort = (await import(name)) as Ort;
  ort.env.wasm.numThreads = 1;
  return [{ name: 'ort-wasm', inference: (given) => makeInference(ort, given) }];
}

async function makeInference(ort: Ort, given: InferenceCase): Promise<RunnableCase<Float32Array>> {
  const shape = channelsFirst(given.inputShape);
  if (shape.length === 3 && shape[0] !== 1) throw new Unsupported('this bench would have to transpose the images');
  const session = await withoutTraces(() =>
    ort.InferenceSession.create(writeOnnx(given), { executionProviders: ['wasm'], graphOptimizationLevel: 'all' }),
  );
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  const predict = async () => {
    const x = new ort.Tensor('float32', given.x, [1, ...shape]);
    return (await session.run({ [input]: x }))[output]!.data;
  };
  return {
    outputs: predict,
    async run(count) {
      for (let i = 0; i < count; i++) await predict();
    },
    dispose: () => void session.release(),
  };
}

/** Its start in Node defines a global Worker, one thread or not, by which other libraries (jax-js) would change their minds. */
async function withoutTraces<T>(make: () => Promise<T>): Promise<T> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  try {
    return await make();
  } finally {
    if (before) Object.defineProperty(globalThis, 'Worker', before);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}
