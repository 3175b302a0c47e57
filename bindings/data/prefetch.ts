/** The elements of a source, `count` of them asked for ahead of the one that is used. */
export async function* ahead<T>(source: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const pending: Promise<IteratorResult<T>>[] = [];
  const ask = (): void => {
    const next = iterator.next();
    // It is awaited in its turn; until then a failure is not unhandled.
    next.catch(() => undefined);
    pending.push(next);
  };
  let isDone = false;
  try {
    for (let i = 0; i < count; i++) ask();
    for (;;) {
      ask();
      const result = await pending.shift()!;
      if (result.done) {
        isDone = true;
        return;
      }
      yield result.value;
    }
  } finally {
    if (!isDone) await iterator.return?.();
  }
}
