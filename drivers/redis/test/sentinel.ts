import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { freePort } from '../../../tools/services/ports.ts';
import { startRedis } from '../../../tools/services.ts';
import { until } from './worlds.ts';

/** A primary, a replica, and one sentinel that watches them as `mymaster`. */
export async function startSentinel() {
  const primary = await startRedis({ control: true, args: ['--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis({
    control: true,
    args: ['--replicaof', '127.0.0.1', String(primary.port)],
  });
  const folder = mkdtempSync(join(tmpdir(), 'lovage-sentinel-'));
  const port = await freePort();
  const config = join(folder, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor mymaster 127.0.0.1 ${primary.port} 1`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 5000',
  ];
  writeFileSync(config, `${settings.join('\n')}\n`);
  const child = spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore' });
  const ask = asker(port);
  const linked = async () =>
    String(await ask('SENTINEL', 'REPLICAS', 'mymaster')).includes('master-link-status,ok');
  await until(linked, 'the sentinel knows the replica and that it follows');
  return {
    port,
    /** Make the replica the primary. Resolves once the sentinel says so. */
    async failOver() {
      await until(async () => {
        const address = String(await ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'));
        if (address.endsWith(String(replica.port))) return true;
        // Refused while it thinks the replica unfit or a failover is under way: asked again until done.
        await ask('SENTINEL', 'FAILOVER', 'mymaster');
        return false;
      }, 'the primary has moved');
    },
    async [Symbol.asyncDispose]() {
      await end(child);
      await Promise.all([primary.stop(), replica.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Asks on a connection of its own; what is not there yet answers nothing. */
function asker(port: number) {
  return async (...command: string[]): Promise<unknown> => {
    const client = createClient({
      url: `redis://127.0.0.1:${port}`,
      RESP: 2,
      socket: { reconnectStrategy: false },
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(command);
    } catch {
      return '';
    } finally {
      if (client.isOpen) client.destroy();
    }
  };
}
