// What goes wrong, as problem details for HTTP APIs (RFC 9457): a code for programs, a sentence for people.

/** Codes of what a request may get wrong, and the status that goes with each. */
const STATUS = {
  'not-found': 404,
  'method-not-allowed': 405,
  'bad-token': 401,
  'body-too-large': 413,
  'unsupported-content-type': 415,
  'bad-request': 400,
  'wrong-shape': 422,
  'limit-exceeded': 422,
  'budget-too-small': 422,
  'no-model': 404,
  'stored-model-unreadable': 409,
  'too-many-requests': 429,
} as const;

export type ProblemCode = keyof typeof STATUS;

/** Ends a request with a problem. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  toResponse(): Response {
    const body = { type: 'about:blank', status: STATUS[this.code], code: this.code, detail: this.message };
    return Response.json(body, {
      status: STATUS[this.code],
      headers: { ...this.headers, 'content-type': 'application/problem+json' },
    });
  }
}
