// Tasks for the tests of executors: a plain module, which a worker can import.

export const describe = async (payload, { seed, data, report }) => ({
  payload,
  seed,
  data,
  answer: await report({ step: 1 }),
});

export const answer = () => 42;

export const fail = () => {
  throw new TypeError('it failed');
};

export const never = () => new Promise(() => undefined);

/** Never gives the thread back. */
export const spin = () => {
  for (;;);
};

/** Ends its own worker, as a crash would: the first time that there is no file yet, every time without one. */
export const crash = async (file) => {
  const { existsSync, writeFileSync } = await import('node:fs');
  if (file === null || !existsSync(file)) {
    if (file !== null) writeFileSync(file, 'crashed');
    process.exit(9);
  }
  return 'survived';
};

/** Adds up shared data, and says whether they are in shared memory. */
export const sum = (_, { data }) => ({
  sum: data.values.reduce((total, value) => total + value, 0),
  isShared: data.values.buffer instanceof globalThis.SharedArrayBuffer,
});

export const closure = () => () => 1;

export const thread = async () => {
  const { threadId } = await import('node:worker_threads');
  await new Promise((resolve) => globalThis.setTimeout(resolve, 30));
  return threadId;
};

/** Reports a step, then ends its own worker if there is no file yet. */
export const reportThenCrash = async (file, { report }) => {
  const { existsSync, writeFileSync } = await import('node:fs');
  await report(1);
  if (!existsSync(file)) {
    writeFileSync(file, 'crashed');
    process.exit(9);
  }
  return report(2);
};

/** The process and the thread that it runs in. */
export const place = async () => {
  const { threadId } = await import('node:worker_threads');
  await new Promise((resolve) => globalThis.setTimeout(resolve, 50));
  return `${process.pid}/${threadId}`;
};

/** Values as they arrive, and as they leave. */
export const echo = (payload, { data }) => ({ payload, data });

/** Writes its process number to a file and waits for another file, then answers. */
export const waitFor = async ({ started, go }) => {
  const { existsSync, writeFileSync } = await import('node:fs');
  writeFileSync(started, String(process.pid));
  while (!existsSync(go)) await new Promise((resolve) => globalThis.setTimeout(resolve, 20));
  return 'went';
};

/** Reports that it has started, then waits as `waitFor` does. */
export const reportThenWait = async (files, { report }) => {
  await report('started');
  return waitFor(files);
};
