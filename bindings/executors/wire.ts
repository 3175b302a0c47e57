// What executors send to others than themselves: errors in a form that arrives whole, and answers to reports.

/** An error as it travels. */
export interface WireError {
  name: string;
  message: string;
  code?: string;
  stack?: string;
}

/** What a task came to. */
export type Outcome = { value: unknown } | { error: WireError };

/** The answer to one report. */
export type Answer = { answer: unknown } | { error: WireError };

export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const { code } = error as { code?: unknown };
  return { name, message, ...(typeof code === 'string' && { code }), ...(stack !== undefined && { stack }) };
}

/** What was thrown elsewhere, as an error here. */
export function fromWireError({ name, message, code, stack }: WireError): Error {
  const error = new Error(message);
  return Object.assign(error, { name, ...(code !== undefined && { code }), ...(stack !== undefined && { stack }) });
}

/**
 * Answers the reports of one task, by their number. A task that is begun anew after the death of its worker makes the same
 * reports again, since it has the same seed: each is told of once, and answered as it was.
 */
export function answerer(
  onProgress: ((progress: unknown) => unknown) | undefined,
): (index: number, progress: unknown) => Promise<Answer> {
  const answers = new Map<number, Promise<Answer>>();
  return (index, progress) => {
    let answer = answers.get(index);
    if (!answer) {
      answer = Promise.resolve()
        .then(() => onProgress?.(progress))
        .then(
          (value): Answer => ({ answer: value }),
          (error: unknown): Answer => ({ error: toWireError(error) }),
        );
      answers.set(index, answer);
    }
    return answer;
  };
}
