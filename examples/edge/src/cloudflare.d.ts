// What this example uses of Cloudflare's types (@cloudflare/workers-types has them all).

interface DurableObjectStorage {
  get<T>(key: string): Promise<T | undefined>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<boolean>;
  deleteAll(): Promise<void>;
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
}

interface DurableObjectState {
  storage: DurableObjectStorage;
}

interface DurableObjectNamespace {
  idFromName(name: string): object;
  get(id: object): { fetch(request: Request): Promise<Response> };
}

declare module 'cloudflare:workers' {
  export class DurableObject {
    protected ctx: DurableObjectState;
    constructor(state: DurableObjectState, env: unknown);
    fetch(request: Request): Promise<Response>;
  }
}
