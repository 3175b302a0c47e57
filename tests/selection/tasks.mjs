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
