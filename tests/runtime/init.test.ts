// init: where the core may come from, what is refused, and what a second call does. Each test has a runtime of its own.

import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const binaryOf = (target: string) => readFileSync(new URL(`../../build/core.${target}.wasm`, import.meta.url));
const core = binaryOf('release');
/** The smallest module: no exports. */
const emptyModule = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));

/** The library as a program sees it that has just started. */
const start = async () => ({
  ...(await import('../../bindings/index.js')),
  ...(await import('../../bindings/runtime/runtime.js')),
});

beforeEach(() => {
  vi.resetModules();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the core', () => {
  const sources: [string, () => unknown][] = [
    ['a module', () => new WebAssembly.Module(core)],
    ['a Buffer or other view', () => core],
    ['an ArrayBuffer', () => Uint8Array.from(core).buffer],
    ['a Response', () => new Response(core)],
    ['a URL', () => new URL(`data:application/wasm;base64,${core.toString('base64')}`)],
    ['the binary in the package', () => undefined],
  ];

  test.each(sources)('may be %s, and trains', async (_, source) => {
    const { init, sequential, dense, getRuntime } = await start();
    await init({ core: source() as Buffer, maximumBytes: 2 ** 24 });
    expect(getRuntime().heap.limitBytes).toBe(2 ** 24);
    using net = sequential([dense(1, { inputShape: [1] })]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect((await net.fit([[1]], [[2]])).epoch).toEqual([0]);
  });

  test('is compiled without init when it is first needed, and not before', async () => {
    const compile = vi.spyOn(WebAssembly, 'Module');
    const { sequential, dense } = await start();
    using net = sequential([dense(1, { inputShape: [1] })]);
    expect(compile).not.toHaveBeenCalled();
    compile.mockRestore();
    expect(net.predictSync([[1]]).shape).toEqual([1, 1]);
  });

  test('that is none is refused, and the next init works', async () => {
    const { init, RuntimeError, OptionError, getRuntime } = await start();
    const refused = async (
      source: unknown,
      ErrorClass: typeof RuntimeError | typeof OptionError,
      code: string,
      words: RegExp,
    ) => {
      const error: unknown = await init({ core: source as Buffer }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ErrorClass);
      expect(error).toMatchObject({ code, message: expect.stringMatching(words) as string });
    };
    await refused(Uint8Array.of(1, 2, 3), RuntimeError, 'RUNTIME', /init.*could not be compiled.*core\.wasm/);
    await refused(new Response('<html>'), RuntimeError, 'RUNTIME', /init.*could not be compiled/);
    await refused(new URL('data:text/plain,no'), RuntimeError, 'RUNTIME', /could not be compiled/);
    await refused(new URL('file:///core.wasm'), RuntimeError, 'RUNTIME', /could not be fetched from file:.*bytes/);
    await refused(new Response('', { status: 404 }), RuntimeError, 'RUNTIME', /answered 404.*Serve the core\.wasm/);
    const read = new Response(core);
    await read.arrayBuffer();
    await refused(read, RuntimeError, 'RUNTIME', /Response could not be read.*nobody has read/);
    await refused(emptyModule, RuntimeError, 'RUNTIME', /not a wasmgrad core.*no export 'run'/);
    await refused(new WebAssembly.Module(binaryOf('threads')), RuntimeError, 'RUNTIME', /does not fit.*core\.wasm/);
    await refused(
      'core.wasm',
      OptionError,
      'INVALID_OPTION',
      /core must be a WebAssembly\.Module.*got 'core\.wasm'.*new URL/,
    );
    await refused(null, OptionError, 'INVALID_OPTION', /core must be/);
    await init({ core });
    expect(getRuntime().heap.usedBytes).toBeGreaterThan(0);
  });

  test('may come from another realm, as edge runtimes hand it over', async () => {
    const { init, getRuntime } = await start();
    const context = createContext({ bytes: Uint8Array.from(core) });
    await init({ core: runInContext('new WebAssembly.Module(bytes)', context) as WebAssembly.Module });
    expect(getRuntime().heap.usedBytes).toBeGreaterThan(0);
  });

  test('options are checked', async () => {
    const { init } = await start();
    await expect(init({ maximumBytes: 1000 })).rejects.toThrow(
      'init: maximumBytes must be a finite number >= 4194304, got 1000',
    );
    await expect(init({ maximumBytes: NaN })).rejects.toThrow('got NaN');
    await expect(init({ maxBytes: 1 } as never)).rejects.toThrow(
      "unknown option 'maxBytes'. Did you mean 'maximumBytes'?",
    );
  });
});

describe('a second init', () => {
  test('that asks for the same, or for nothing, keeps the runtime', async () => {
    const { init, getRuntime } = await start();
    const options = { core: new WebAssembly.Module(core), maximumBytes: 2 ** 24 };
    await init(options);
    const runtime = getRuntime();
    await init();
    await init({});
    await init(options);
    await init({ maximumBytes: 2 ** 24 });
    await init({ core: undefined });
    expect(getRuntime()).toBe(runtime);
  });

  test('that asks for something else is told that it comes too late', async () => {
    const { init, getRuntime, StateError } = await start();
    await init({ maximumBytes: 2 ** 24 });
    const runtime = getRuntime();
    for (const [options, name] of [
      [{ maximumBytes: 2 ** 25 }, 'maximumBytes'],
      [{ core: new WebAssembly.Module(core) }, 'core'],
    ] as const) {
      const error: unknown = await init(options).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StateError);
      expect(error).toMatchObject({
        code: 'INVALID_STATE',
        message: expect.stringMatching(`init.*another ${name}.*before`) as string,
      });
    }
    expect(getRuntime()).toBe(runtime);
  });

  test('after the first model is one, too', async () => {
    const { init, sequential, dense, StateError } = await start();
    using net = sequential([dense(1, { inputShape: [1] })]);
    net.predictSync([[1]]);
    await init();
    await expect(init({ maximumBytes: 2 ** 24 })).rejects.toBeInstanceOf(StateError);
  });

  test('at the same time makes one runtime; the one with other options is told', async () => {
    const { init, getRuntime } = await start();
    const options = { core, maximumBytes: 2 ** 24 };
    const outcomes = await Promise.allSettled([
      init(options),
      init(options),
      init({ ...options, maximumBytes: 2 ** 25 }),
    ]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(getRuntime().heap.limitBytes).toBe(2 ** 24);
  });

  test('does not overtake the first, however late its core comes', async () => {
    const { init, getRuntime, StateError } = await start();
    const late = new ReadableStream({
      async start(controller) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        controller.enqueue(core);
        controller.close();
      },
    });
    const first = init({ core: new Response(late), maximumBytes: 2 ** 24 });
    await expect(init({ core, maximumBytes: 2 ** 25 })).rejects.toBeInstanceOf(StateError);
    await first;
    expect(getRuntime().heap.limitBytes).toBe(2 ** 24);
  });

  test('may succeed after one that failed', async () => {
    const { init, getRuntime } = await start();
    const failed = init({ core: new Uint8Array([1, 2, 3]) });
    const second = init({ core, maximumBytes: 2 ** 25 });
    await expect(failed).rejects.toThrow('could not be compiled');
    await second;
    expect(getRuntime().heap.limitBytes).toBe(2 ** 25);
  });
});

describe('a host that can not run the core', () => {
  test('without SIMD is told, with the versions that have it', async () => {
    const { init, sequential, dense, RuntimeError } = await start();
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    for (const options of [{}, { core: new WebAssembly.Module(core) }]) {
      const error: unknown = await init(options).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error).toMatchObject({
        code: 'RUNTIME',
        message: expect.stringMatching(/SIMD.*Node 16\.4.*Safari 16\.4/) as string,
      });
    }
    using net = sequential([dense(1, { inputShape: [1] })]);
    expect(() => net.predictSync([[1]])).toThrow('SIMD');
  });

  test('without WebAssembly is told', async () => {
    const { init } = await start();
    vi.stubGlobal('WebAssembly', undefined);
    await expect(init()).rejects.toThrow('no WebAssembly');
  });

  test('because it forbids compiling is told what to allow, or to import the core', async () => {
    const { sequential, dense, init, RuntimeError } = await start();
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function () {
      throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder.');
    });
    using net = sequential([dense(1, { inputShape: [1] })]);
    for (const use of [() => init(), async () => Promise.resolve(net.predictSync([[1]]))]) {
      const error: unknown = await use().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error).toMatchObject({
        message: expect.stringMatching(/disallowed by embedder.*wasm-unsafe-eval.*init\(\{ core \}\)/) as string,
        cause: expect.any(WebAssembly.CompileError) as Error,
      });
    }
  });

  test('because it refuses the memory is told to ask for less', async () => {
    const { init, RuntimeError } = await start();
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('could not allocate memory');
    });
    const error: unknown = await init({ maximumBytes: 2 ** 30 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/refuses a memory.*1\.07 GB.*could not allocate.*smaller maximumBytes/) as string,
    });
  });
});

describe('the core on edge runtimes', () => {
  test('is the imported module', async () => {
    const { checkImported } = await import('../../bindings/runtime/packagedCore/imported.js');
    const module = new WebAssembly.Module(core);
    expect(checkImported(module)).toBe(module);
  });

  test.each([
    ["'/assets/core.wasm'", '/assets/core.wasm'],
    ['a Uint8Array', new Uint8Array(4)],
    ['undefined', undefined],
  ])('is refused if the bundler made %s of it', async (name, imported) => {
    const { checkImported } = await import('../../bindings/runtime/packagedCore/imported.js');
    const { RuntimeError } = await start();
    const check = () => checkImported(imported);
    expect(check).toThrow(RuntimeError);
    expect(check).toThrow(`made ${name} of wasmgrad's core.wasm; on this platform it must be a WebAssembly.Module`);
  });
});

describe('the text of the core', () => {
  const decode = async () => (await import('../../bindings/runtime/packagedCore/decodeHex.js')).decodeHex;
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const digits = Buffer.from(bytes).toString('hex');

  test('is read by what the host has: Uint8Array.fromHex, Buffer, or neither', async () => {
    const decodeHex = await decode();
    expect(Uint8Array.from(decodeHex(digits))).toEqual(bytes);
    vi.stubGlobal('Buffer', undefined);
    expect(Uint8Array.from(decodeHex(digits))).toEqual(bytes);
    const fromHex = vi.fn(() => bytes);
    vi.stubGlobal(
      'Uint8Array',
      Object.assign(() => undefined, { fromHex }),
    );
    expect(decodeHex(digits)).toBe(bytes);
    expect(fromHex).toHaveBeenCalledWith(digits);
  });
});
