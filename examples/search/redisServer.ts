// A Redis server of one's own: on a free loopback port, with its append-only file in a folder of its own.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export interface RedisServer {
  readonly url: string;
  /** kill -9. */
  kill(): Promise<void>;
  /** Again on the same port, with what its file holds. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function ready(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
}

/** Whether the machine has redis-server. */
export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).error === undefined;

/** Throws if the machine has no redis-server. */
export async function redisServer(): Promise<RedisServer> {
  if (!hasRedisServer()) {
    throw new Error('There is no redis-server. Install it: apt-get install redis-server, or brew install redis.');
  }
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async () => {
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--save',
      '',
    ];
    child = spawn('redis-server', options, { stdio: 'ignore' });
    await ready(url);
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    ...{ url, kill, start },
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
