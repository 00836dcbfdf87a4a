// A restored cluster serves on a port that was asked for, until whoever looks has seen enough.
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists, type Proved } from './recovery.told.js';
import { asked, type RecoveryWorld } from './recovery.world.js';

const PATIENCE_MS = 120_000;

export async function lookThrough(world: RecoveryWorld, proved: Proved): Promise<void> {
  const holder = createServer();
  const port = await new Promise<number>((resolve) => { holder.listen(0, '127.0.0.1', () => resolve((holder.address() as AddressInfo).port)); });
  const to = join(world.folder, 'look');
  const taken = await world.run('restore', ['--to', to, '--port', String(port)]);
  await new Promise((resolve) => { holder.close(resolve); });
  const violations = taken.code === 1 && taken.text.includes(`Port ${port} cannot be used`) && !await exists(to) ? [] : [`with a port that is taken it said: ${taken.text}`];
  const { child, said, ended } = world.start('restore', ['--to', to, '--port', String(port)]);
  let rows = 0;
  try {
    for (const until = Date.now() + PATIENCE_MS; !said().includes('Ctrl-C ends it');) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`It does not serve: ${said()}`);
      await sleep(100);
    }
    const [, file = ''] = /PGPASSWORD=\$\(cat (\S+)\)/.exec(said()) ?? [];
    const url = `postgres://postgres:${await readFile(file, 'utf8')}@127.0.0.1:${port}/postgres`;
    rows = Number((await asked<{ count: string }>(url, 'select count(*) from public.ledger'))[0]?.count);
    child.kill('SIGINT');
    const { code, text } = await ended;
    if (code !== 0 || rows === 0) violations.push(`it ended with ${code} and ${rows} rows: ${text}`);
    if (await asked(url, 'select 1').then(() => true, () => false)) violations.push('it serves still');
  } catch (error) {
    child.kill('SIGKILL');
    violations.push((error as Error).message);
  }
  proved('served on a port for a look', violations, `${rows} rows`);
}
