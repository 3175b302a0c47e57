// Tasks in a module that workers of a page import by its address.

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

/** Never gives the thread back. */
export const spin = () => {
  for (;;);
};

/** An error that no promise takes: the end of its worker. */
const die = () =>
  new Promise(() => {
    globalThis.setTimeout(() => {
      throw new Error('it crashed');
    });
  });

export const crash = die;

/** Is told by the answer to its second report whether it was begun anew. */
export const crashOnce = async (_, { report }) => {
  await report('first');
  const count = await report('second');
  const cache = await globalThis.caches.open('crashes');
  if (!(await cache.match('/crashed'))) {
    await cache.put('/crashed', new globalThis.Response('yes'));
    await die();
  }
  return `back, ${count} reports`;
};

let seen;
/** Adds up data, and says whether they are in shared memory, and the same object as those of the task before. */
export const sum = (_, { data }) => {
  const isKept = seen === data;
  seen = data;
  return {
    sum: data.values.reduce((total, value) => total + value, 0),
    isShared: globalThis.SharedArrayBuffer !== undefined && data.values.buffer instanceof globalThis.SharedArrayBuffer,
    isKept,
  };
};

export const closure = () => () => 1;
