// The file: what is in it, read by hand; and what is refused, with the byte.

import { describe, expect, test, vi } from 'vitest';
import {
  DataError,
  dense,
  FormatError,
  loadModel,
  OptionError,
  positionalEncoding,
  sequential,
  StateError,
  upSampling2d,
  type Model,
} from '../../bindings/index.js';
import { usedBytes } from '../model/support.js';
import {
  descriptionOf,
  digestOf,
  join,
  joinRaw,
  reseal,
  split,
  withDescription,
  type Description,
  type Header,
} from './support.js';

const build = () => sequential([dense(3, { activation: 'relu' }), dense(2)], { seed: 9, name: 'tiny' });
const built = () => {
  const net = build();
  net.build([4]);
  return net;
};
const saved = async (): Promise<Uint8Array> => {
  using net = built();
  return net.save();
};

/** Loads what must be refused, and gives the error. */
async function refusal(file: Uint8Array): Promise<FormatError> {
  const before = usedBytes();
  const error: unknown = await loadModel(file).then(
    (model) => model.dispose(),
    (thrown: unknown) => thrown,
  );
  expect(usedBytes()).toBe(before);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as FormatError).code).toBe('INVALID_FILE');
  expect((error as FormatError).message).toMatch(/byte \d+: .*expected/);
  return error as FormatError;
}

test('is safetensors, little-endian, aligned, with the model in the metadata and a digest of every byte', async () => {
  using net = built();
  const file = await net.save();
  const { header, data } = split(file);
  const { __metadata__: metadata, ...tensors } = header;
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(net.parameters()).sort());
  expect((file.length - data.length) % 8).toBe(0);
  for (const [path, values] of Object.entries(net.parameters())) {
    const {
      dtype,
      data_offsets: [begin, end],
    } = tensors[path] as Extract<Header[string], { dtype: string }>;
    expect(dtype).toBe('F32');
    expect(new Float32Array(data.slice(begin, end).buffer)).toEqual(values.slice());
  }
  expect((tensors['dense_1/kernel'] as { shape: number[] }).shape).toEqual([4, 3]);
  expect(metadata).toMatchObject({ format: 'wasmgrad', version: '1' });
  expect(metadata.sha256).toBe(digestOf(file, metadata.sha256!));
  expect(descriptionOf(file)).toMatchObject({
    name: 'tiny',
    seed: 9,
    library: { version: expect.any(String) as string },
  });
});

test('the same model gives the same bytes, and what is saved is the moment of the call', async () => {
  using net = built();
  const file = await net.save();
  expect(await net.save()).toEqual(file);
  const pending = net.save();
  net.setParameters({ 'dense_2/bias': [5, 6] });
  expect(await pending).toEqual(file);
  expect(await net.save()).not.toEqual(file);
});

test('takes bytes anywhere in a buffer, shared ones too, and leaves them alone', async () => {
  const file = await saved();
  const wide = new Uint8Array(file.length + 3);
  wide.set(file, 3);
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  const buffer = Buffer.concat([Buffer.alloc(5), file]).subarray(5);
  const predictions = [];
  for (const given of [file, wide.subarray(3), shared, file.slice().buffer, buffer]) {
    using net = await loadModel(given);
    predictions.push((await net.predict([[1, 2, 3, 4]])).data);
    expect(net.name).toBe('tiny');
    expect(net.seed).toBe(9);
  }
  expect(new Set(predictions.map(String)).size).toBe(1);
  expect(file).toEqual(await saved());
  expect(Buffer.compare(buffer, file)).toBe(0);
  await expect(loadModel('model.safetensors' as never)).rejects.toThrow(DataError);
  await expect(loadModel(file, { costum: {} } as never)).rejects.toThrow(OptionError);
});

test('save needs a shape, and a compiled model for training', async () => {
  using net = build();
  await expect(net.save()).rejects.toThrow(StateError);
  net.build([4]);
  await expect(net.save({ training: true })).rejects.toThrow(StateError);
  await expect(net.save({ trainin: true } as never)).rejects.toThrow(OptionError);
});

describe('refuses', () => {
  test('a file with any one bit of the tensors, the header or the digest changed', async () => {
    const file = await saved();
    const { data } = split(file);
    const digestAt = Buffer.from(file).indexOf('"sha256":"') + 12;
    for (const at of [file.length - 1, file.length - data.length, digestAt, Buffer.from(file).indexOf('tiny')]) {
      const changed = file.slice();
      changed[at]! ^= 1;
      expect((await refusal(changed)).message).toMatch(/digest/);
    }
  });

  test('a file without a digest', async () => {
    const { header, data } = split(await saved());
    const { sha256: _, ...metadata } = header.__metadata__;
    expect((await refusal(join({ header: { ...header, __metadata__: metadata }, data }))).message).toMatch(/digest/);
  });

  test('headers that lie, before their digest is looked at', async () => {
    const { header, data } = split(await saved());
    const kernel = header['dense_1/kernel'] as { dtype: string; shape: number[]; data_offsets: [number, number] };
    const change = (changes: object) =>
      join({ header: { ...header, 'dense_1/kernel': { ...kernel, ...changes } }, data });
    const [begin, end] = kernel.data_offsets;
    const lies: [object, RegExp][] = [
      [{ dtype: 'F31' }, /dtype/],
      [{ dtype: 'constructor' }, /dtype/],
      [{ shape: [4, -3] }, /shape/],
      [{ shape: [4.5, 3] }, /shape/],
      [{ shape: '4,3' }, /shape/],
      [{ shape: [2 ** 40, 2 ** 40] }, /bytes for F32/],
      [{ shape: [4, 4] }, /64 bytes for F32/],
      [{ data_offsets: [begin] }, /data_offsets/],
      [{ data_offsets: [end, begin] }, /48 bytes/],
      [{ data_offsets: [begin + 4, end + 4] }, /overlap|gap/],
      [{ data_offsets: [begin + 1e12, end + 1e12] }, /gap/],
      [{ extra: 1 }, /extra/],
    ];
    for (const [changes, words] of lies) expect((await refusal(change(changes))).message).toMatch(words);
    const more = new Uint8Array(data.length + 1);
    expect((await refusal(join({ header, data: more }))).message).toMatch(/1 more bytes/);
    expect((await refusal(join({ header, data: data.subarray(1) }))).message).toMatch(/end of the file/);
    for (const text of ['[]', 'null', '{"a":1', '', '{"a":[]}', '{"__metadata__":{"format":1}}', '{"__metadata__":[]}'])
      await refusal(joinRaw(text, data));
    await refusal(joinRaw(Uint8Array.of(0x7b, 0xff, 0x7d), data));
    expect((await refusal(joinRaw(`{"a":${'['.repeat(1e6)}`, data))).message).toMatch(/brackets/);
  });

  test('tensors that share bytes', async () => {
    const { header, data } = split(await saved());
    const { __metadata__, ...tensors } = header as Record<string, { data_offsets: [number, number] }>;
    const [, end] = tensors['dense_1/kernel']!.data_offsets;
    for (const tensor of Object.values(tensors)) {
      if (tensor.data_offsets[0] >= end) tensor.data_offsets = [tensor.data_offsets[0] - 4, tensor.data_offsets[1] - 4];
    }
    const forged = join({ header: { __metadata__, ...tensors } as unknown as Header, data: data.subarray(4) });
    expect((await refusal(forged)).message).toMatch(/overlap/);
  });

  test('lengths of a header that the file does not have', async () => {
    const file = await saved();
    const claim = (low: number, high: number): Uint8Array => {
      const changed = file.slice();
      new DataView(changed.buffer).setUint32(0, low, true);
      new DataView(changed.buffer).setUint32(4, high, true);
      return changed;
    };
    for (const [low, high] of [
      [0, 0],
      [file.length, 0],
      [2 ** 32 - 1, 0],
      [100, 1],
      [2 ** 32 - 1, 2 ** 32 - 1],
    ] as const) {
      expect((await refusal(claim(low, high))).offset).toBe(0);
    }
    for (let length = 0; length < 8; length++) expect((await refusal(file.slice(0, length))).offset).toBe(length);
  });

  test('keys that would reach a prototype', async () => {
    const file = await saved();
    const { header, data } = split(file);
    const text = JSON.stringify(header);
    expect((await refusal(joinRaw(text.replace('{', '{"__proto__":{"polluted":true},'), data))).message).toMatch(
      /expected a harmless key, got '__proto__'/,
    );
    const model = header.__metadata__.model!.replace('"config":{', '"config":{"__proto__":{"polluted":true},');
    const forged = reseal({ header: { ...header, __metadata__: { ...header.__metadata__, model } }, data });
    expect((await refusal(forged)).message).toMatch(/expected a harmless key, got '__proto__'/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('other formats and newer versions, by name', async () => {
    const { header, data } = split(await saved());
    const other = (metadata: Record<string, string>) =>
      reseal({ header: { ...header, __metadata__: { ...header.__metadata__, ...metadata } }, data });
    expect((await refusal(other({ format: 'pt' }))).message).toMatch(/'pt'/);
    expect((await refusal(other({ version: '2' }))).message).toMatch(/newer/);
    const { __metadata__: _, ...bare } = header;
    expect((await refusal(joinRaw(JSON.stringify(bare), data))).message).toMatch(/no format/);
  });

  test('descriptions that do not make a model', async () => {
    const file = await saved();
    const changes: [(description: Description) => unknown, RegExp][] = [
      [() => [], /object/],
      [(d) => ({ ...d, seed: -1 }), /seed/],
      [(d) => ({ ...d, name: 5 }), /name/],
      [(d) => void (d.architecture.layers[1]!.config.units = 1e6), /dense_2\/kernel: expected F32 \[3, 1000000\]/],
      [(d) => void (d.architecture.layers[0]!.config.units = 'many'), /units/],
      [(d) => void (d.architecture.layers[0]!.config.unit = 1), /unit/],
      [(d) => void (d.architecture.layers[0]!.id = 'dense_2'), /again/],
      [(d) => void (d.architecture.layers[0]!.id = 'other'), /dense_1/],
      [(d) => void d.architecture.layers.push(d.architecture.layers[1]!), /again/],
      [(d) => void (d.architecture.calls[1]!.inputs[0]!.call = 1), /call/],
      [(d) => void (d.architecture.calls[0]!.inputs[0]!.input = 3), /input/],
      [(d) => void (d.architecture.inputs[0]!.shape = [2 ** 20, 2 ** 20]), /values a sample/],
      [(d) => void (d.architecture.inputs[0]!.shape = [5]), /.*/],
      [(d) => void (d.architecture.outputs = []), /output/],
    ];
    for (const [change, words] of changes) {
      expect((await refusal(withDescription(file, change))).message).toMatch(words);
    }
  });

  test('sizes for which a layer would compute for minutes', async () => {
    const wide = [2 ** 13, 2 ** 13];
    const forge = async (net: Model, shape: number[]) => {
      using owner = net;
      const file = await owner.save();
      return withDescription(file, ({ architecture: { inputs, layers } }) => {
        inputs[0]!.shape = shape;
        Object.assign(layers[0]!, { inputShapes: [shape] });
      });
    };
    const start = performance.now();
    await refusal(await forge(sequential([positionalEncoding({ inputShape: [3, 2] })]), wide));
    const enlarge = upSampling2d(2, { inputShape: [3, 2, 1], interpolation: 'bilinear' });
    await refusal(await forge(sequential([enlarge]), [...wide, 1]));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('tensors that are missing, left over, or of another shape', async () => {
    const { header, data } = split(await saved());
    const { 'dense_1/kernel': kernel, ...rest } = header as Record<string, unknown>;
    const renamed = reseal({ header: { ...rest, 'dense_1/kernels': kernel } as unknown as Header, data });
    expect((await refusal(renamed)).message).toMatch(/dense_1\/kernel: expected F32 \[4, 3\], got nothing/);
    const turned = reseal({
      header: { ...rest, 'dense_1/kernel': { ...(kernel as object), shape: [3, 4] } } as unknown as Header,
      data,
    });
    expect((await refusal(turned)).message).toMatch(/expected F32 \[4, 3\], got F32 \[3, 4\]/);
    const retyped = reseal({
      header: { ...rest, 'dense_1/kernel': { ...(kernel as object), dtype: 'I32' } } as unknown as Header,
      data,
    });
    expect((await refusal(retyped)).message).toMatch(/got I32/);
    const empty = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
    expect((await refusal(reseal({ header: { ...header, odd: empty } as unknown as Header, data }))).message).toMatch(
      /odd/,
    );
  });
});

test('a host without crypto.subtle, such as a page over plain http, writes and reads the same bytes', async () => {
  const file = await saved();
  try {
    for (const crypto of [{}, undefined]) {
      vi.stubGlobal('crypto', crypto);
      expect(Buffer.compare(await saved(), file)).toBe(0);
      using net = await loadModel(file);
      expect(net.name).toBe('tiny');
      const broken = file.slice();
      broken[broken.length - 1]! ^= 1;
      expect((await refusal(broken)).message).toMatch(/digest/);
    }
  } finally {
    vi.unstubAllGlobals();
  }
});
