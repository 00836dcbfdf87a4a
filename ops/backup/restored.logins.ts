// Logins of a restored database get passwords that are known here.
import { Client } from 'pg';
import { roleUrls } from '../../subgraphs/kernel/data/roles.js';
import { subgraphNames } from '../rover.file.js';

/** The logins of the product derive from the superuser's password, which may have been lost with the machine. */
export async function renewLogins(url: string, password: string): Promise<void> {
  const { backup, owner, system, app } = roleUrls(`postgres://postgres:${password}@127.0.0.1/postgres`, subgraphNames());
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles');
    const there = new Set(rows.map(({ rolname }) => rolname));
    for (const one of [`postgres://postgres:${password}@127.0.0.1/postgres`, backup, owner, system, ...Object.values(app)]) {
      const { username, password: secret } = new URL(one);
      // Both are of letters, digits, hyphens and underscores.
      if (there.has(username)) await client.query(`alter role ${username} password '${decodeURIComponent(secret)}'`);
    }
  } finally {
    await client.end();
  }
}
