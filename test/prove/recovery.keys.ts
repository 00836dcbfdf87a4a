// The master key is wrong, a key of a backup is missing, the master key changes: each is said plainly, and what opens still opens. On a copy: the log goes on in the original.
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, type Proved } from './recovery.told.js';
import { MASTER_KEY, type Ran, type RecoveryWorld } from './recovery.world.js';

const OTHER = Buffer.alloc(32, 8).toString('base64');
const isSentence = (text: string): boolean => text.split('\n').filter((line) => /^\s+at /.test(line)).length === 0;

export async function proveKeys(world: RecoveryWorld, proved: Proved): Promise<void> {
  const copy = join(world.folder, 'copy');
  await copied(world.store, copy);
  const to = join(world.folder, 'not-to-be');
  const run = (command: 'backup' | 'restore', args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> => world.run(command, args, { BACKUP_FOLDER: copy, ...env });
  const refused = async (name: string, says: string, tried: Promise<Ran>[]): Promise<void> => {
    const all = await Promise.all(tried);
    const wrong = all.filter(({ code, text }) => code !== 1 || !text.includes(says) || !isSentence(text));
    proved(name, [...wrong.map(({ code, text }) => `it ended with ${code} and said: ${text}`), ...(await exists(to) ? ['a folder was made'] : [])], all[0]?.text.split('\n')[0] ?? '');
  };
  try {
    const wrong = { SWITCHBOARD_MASTER_KEY: OTHER };
    await refused('with another master key', 'does not open', [run('restore', ['--to', to], wrong), run('backup', ['verify', '--level', 'L1'], wrong), run('backup', ['list'], wrong)]);
    const { text } = await run('backup', ['list']);
    const [, id = ''] = /^(\S+) {2}proof /m.exec(text) ?? [];
    const { document } = JSON.parse(await readFile(join(copy, 'backups', id, 'manifest.json'), 'utf8')) as { document: string };
    const key = `keys/${(JSON.parse(document) as { key: string }).key}.json`;
    const kept = join(world.folder, 'kept-key');
    await cp(join(copy, key), kept);
    await rm(join(copy, key));
    await refused('with a key that is missing', key, [run('restore', ['--to', to, '--backup', id]), run('backup', ['verify', id, '--level', 'L1'])]);
    await cp(kept, join(copy, key));
    const rewrapped = await run('backup', ['rewrap'], { SWITCHBOARD_MASTER_KEY: OTHER, SWITCHBOARD_MASTER_KEY_PREVIOUS: MASTER_KEY });
    const verified = await run('backup', ['verify', id, '--level', 'L1'], wrong);
    proved('after the master key has changed', [rewrapped, verified].filter(({ code }) => code !== 0).map((ran) => ran.text), rewrapped.text);
    await refused('with the former master key', 'does not open', [run('restore', ['--to', to])]);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Pieces of the log become one while they are copied. */
async function copied(from: string, to: string): Promise<void> {
  for (let left = 5; ; left -= 1) {
    try {
      return await cp(from, to, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || left === 0) throw error;
      await rm(to, { recursive: true, force: true });
    }
  }
}
