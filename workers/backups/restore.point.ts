// Points of the log that have a name, to which somebody may want to come back: before an upgrade, before a large change.
import { Client } from 'pg';
import { BackupError } from './backup.error.js';
import type { Repository } from './repository.js';

export interface RestorePoint {
  name: string;
  lsn: string;
  at: string;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,50}$/;
const pathOf = (name: string): string => `points/${name}.json`;

/** @param url of the administrator @throws BackupError */
export async function createPoint(repository: Repository, url: string, name: string): Promise<RestorePoint> {
  if (!NAME.test(name)) throw new BackupError('A point is named by small letters, digits and hyphens, at most 51 of them.');
  if (await repository.getSigned(pathOf(name)) !== null) throw new BackupError(`There is a point ${name} already.`);
  const client = new Client({ connectionString: url, application_name: 'switchboard:backup', connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows: [made] } = await client.query<{ lsn: string; at: Date }>('select pg_create_restore_point($1)::text as lsn, clock_timestamp() as at', [name]);
    const point = { name, lsn: made?.lsn ?? '', at: made?.at.toISOString() ?? '' };
    await repository.putSigned(pathOf(name), JSON.stringify(point));
    return point;
  } finally {
    await client.end();
  }
}

/** @throws BackupError when there is none */
export async function readPoint(repository: Repository, name: string): Promise<RestorePoint> {
  const text = NAME.test(name) ? await repository.getSigned(pathOf(name)) : null;
  if (text === null) throw new BackupError(`There is no point ${name}.`);
  return JSON.parse(text) as RestorePoint;
}
