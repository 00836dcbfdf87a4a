// What a restore cannot do it says in one sentence, before it has touched anything.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, lastLine, type Proved } from './recovery.told.js';
import type { RecoveryWorld } from './recovery.world.js';

export async function proveRefusals(world: RecoveryWorld, proved: Proved): Promise<void> {
  const [to, full] = [join(world.folder, 'not-to-be'), join(world.folder, 'full')];
  await mkdir(full);
  await writeFile(join(full, 'mine'), 'mine');
  const cases: [string, string[], string, NodeJS.ProcessEnv?][] = [
    ['into a folder that is not empty', ['--to', full], 'is not empty'],
    ['into a file', ['--to', join(full, 'mine')], 'is a file'],
    ['to the future', ['--to', to, '--time', new Date(Date.now() + 3_600_000).toISOString()], 'is in the future'],
    ['to before the first backup', ['--to', to, '--time', '2020-01-01T00:00:00Z'], 'is before the first backup'],
    ['to a time without its zone', ['--to', to, '--time', '2026-01-01T00:00:00'], 'no time with a zone'],
    ['to a point that is not there', ['--to', to, '--point', 'nowhere'], 'no point nowhere'],
    ['from a place without backups', ['--to', to], 'There are no backups', { BACKUP_FOLDER: join(world.folder, 'nothing') }],
  ];
  for (const [name, args, says, env] of cases) {
    const ran = await world.run('restore', args, env);
    proved(`refused ${name}`, [
      ...(ran.code === 1 && lastLine(ran.text).includes(says) ? [] : [`it ended with ${ran.code} and said: ${ran.text}`]), ...(await exists(to) ? ['a folder was made'] : []),
      ...((await readdir(full)).length === 1 ? [] : ['something was written into the folder']),
    ], lastLine(ran.text));
  }
  await rm(full, { recursive: true, force: true });
}
