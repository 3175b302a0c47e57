// The worker: finds out who asks, and hands the request to the object that has this user's model.

import { Problem } from './problem.js';
import { userOf } from './tokens.js';
import { ACTIONS, UserModel } from './userModel.js';

export { UserModel };

interface Environment {
  /** What tokens are signed with: `wrangler secret put TOKEN_SECRET`. */
  TOKEN_SECRET: string;
  MODELS: DurableObjectNamespace;
}

export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    try {
      checkRoute(request);
      const user = await userOf(request, env.TOKEN_SECRET);
      return await env.MODELS.get(env.MODELS.idFromName(user)).fetch(request);
    } catch (error) {
      if (error instanceof Problem) return error.toResponse();
      throw error;
    }
  },
};

function checkRoute(request: Request): void {
  const { pathname } = new URL(request.url);
  const methods = Object.keys(ACTIONS)
    .map((route) => route.split(' ') as [string, string])
    .filter(([, path]) => path === pathname)
    .map(([method]) => method);
  if (methods.length === 0) {
    throw new Problem('not-found', `There is no ${pathname}. There are ${Object.keys(ACTIONS).join(', ')}.`);
  }
  if (methods.includes(request.method)) return;
  throw new Problem('method-not-allowed', `${pathname} takes ${methods.join(', ')}, got ${request.method}.`, {
    allow: methods.join(', '),
  });
}
