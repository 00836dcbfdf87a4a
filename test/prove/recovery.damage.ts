// One byte of anything that a backup is made of is changed: verifying finds it, and names what it is in.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, lastLine, type Proved } from './recovery.told.js';
import type { RecoveryWorld } from './recovery.world.js';

export async function changedBytes(world: RecoveryWorld, tries: number, random: () => number, proved: Proved): Promise<void> {
  const clean = await world.run('backup', ['verify', '--level', 'L3']);
  proved('verified', clean.code === 0 && clean.text.includes('reaches L3 of L3') ? [] : [clean.text], lastLine(clean.text));
  const [, id = ''] = /backup (\S+) reaches/.exec(clean.text) ?? [];
  const backup = await keysUnder(world, `backups/${id}`);
  const inUse = await keysInUse(world, id);
  const kinds: (() => Promise<string[]>)[] = [
    async () => backup, async () => (await keysUnder(world, 'wal/00000001')).slice(-3), async () => (await keysUnder(world, 'keys')).filter((key) => inUse.has(key)), () => keysUnder(world, 'files'),
  ];
  const tried = new Set<string>();
  for (const [number, kind] of kinds.entries()) {
    for (let left = Math.ceil((tries - number) / kinds.length); left > 0; left -= 1) {
      const names = (await kind()).filter((name) => !tried.has(name));
      const key = names[Math.floor(random() * names.length)];
      if (key === undefined) break;
      tried.add(key);
      // Pieces of the log become one meanwhile: then the changed one was of no backup any more.
      if (await changedByte(world, { id, key }, random, proved) === 'superseded') left += 1;
    }
  }
}

async function changedByte(world: RecoveryWorld, { id, key }: { id: string; key: string }, random: () => number, proved: Proved): Promise<'told' | 'superseded'> {
  const path = join(world.store, key);
  const kept = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!kept) return 'superseded';
  const changed = Buffer.from(kept);
  const at = Math.floor(random() * changed.length);
  changed[at] = changed[at]! ^ (1 << Math.floor(random() * 8));
  await writeFile(path, changed);
  const { code, text } = await world.run('backup', ['verify', id, '--level', 'L1']);
  if (key.startsWith('wal/') && !await exists(path)) return 'superseded';
  proved(`byte ${at} of ${key} changed`, code === 1 && text.includes(key) ? [] : [`verify said: ${text}`], text.split('\n')[0] ?? '');
  await writeFile(path, kept);
  return 'told';
}

async function keysUnder(world: RecoveryWorld, folder: string): Promise<string[]> {
  const entries = await readdir(join(world.store, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => join(entry.parentPath, entry.name).slice(world.store.length + 1)).sort();
}

/** Of the signer, which every document needs; of the backup; and of the files. */
async function keysInUse(world: RecoveryWorld, id: string): Promise<Set<string>> {
  const { signer } = JSON.parse(await readFile(join(world.store, 'repository.json'), 'utf8')) as { signer: string };
  const { document } = JSON.parse(await readFile(join(world.store, 'backups', id, 'manifest.json'), 'utf8')) as { document: string };
  return new Set([signer, (JSON.parse(document) as { key: string }).key].map((key) => `keys/${key}.json`));
}
