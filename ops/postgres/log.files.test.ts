// Proves that the server's logs stay few, and that an error quotes what this start wrote and nothing older.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logTail, pruneLogs } from './log.files.js';

describe('the log files of a cluster', () => {
  let cluster: string;
  beforeEach(async () => {
    cluster = await mkdtemp(join(tmpdir(), 'switchboard-logs-'));
    await mkdir(join(cluster, 'log'));
  });
  afterEach(() => rm(cluster, { recursive: true }));

  it('are the five newest, and no other file is touched', async () => {
    const names = Array.from({ length: 8 }, (_, hour) => `postgresql-20300131-0${hour}0000.log`);
    for (const name of [...names, 'notes.txt']) await writeFile(join(cluster, 'log', name), '');
    await pruneLogs(cluster);
    expect((await readdir(join(cluster, 'log'))).sort()).toEqual(['notes.txt', ...names.slice(3)]);
  });

  it('are quoted from the time of the start on', async () => {
    await writeFile(join(cluster, 'start.log'), 'said before the log\n');
    await writeFile(
      join(cluster, 'log', 'postgresql-20300131-120000.log'),
      '2030-01-31 12:00:00.000 UTC [1] LOG:  old\n2030-01-31 12:00:00.700 UTC [2] FATAL:  new\n\tits second line\n',
    );
    expect(await logTail(cluster, join(cluster, 'start.log'), Date.UTC(2030, 0, 31, 12, 0, 0, 500))).toEqual([
      'said before the log',
      '2030-01-31 12:00:00.700 UTC [2] FATAL:  new',
      '\tits second line',
    ]);
  });
});
