// The database roles: owner (migrations), one app role a subgraph, system (relay, sweeper, collector). Made by a superuser.
import { createHmac } from 'node:crypto';
import { Client } from 'pg';
import { BACKUP_ROLE, OWNER_ROLE, SYSTEM_ROLE, appRole } from './kernel-tables.js';

export interface RoleUrls {
  owner: string;
  system: string;
  app: Record<string, string>;
  /** May follow the server's log and copy its files, and reads no table. It is there when the administrator may make it. */
  backup: string;
}

// Two processes that start together must not create the same role twice.
const ROLES_LOCK = 7_316_202;

/** Somebody waits for what subgraphs read, and it is little: to start helpers takes longer than to read it (some 50 ms against 0.1 for a day of a search), and they would be everybody's processors. */
const ALONE = 'max_parallel_workers_per_gather=0';

/** Passwords derive from the administrator's own, so that every process computes the same and none is stored. */
const derive = (secret: string, role: string): string => createHmac('sha256', secret).update(`switchboard role ${role}`).digest('base64url');

function urlFor(adminUrl: string, role: string, secret: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = derive(secret, role);
  return url.href;
}

/** The logins of `subgraphs` on the server and database of `adminUrl`. */
export function roleUrls(adminUrl: string, subgraphs: string[]): RoleUrls {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  return {
    owner: urlFor(adminUrl, OWNER_ROLE, secret),
    system: urlFor(adminUrl, SYSTEM_ROLE, secret),
    app: Object.fromEntries(subgraphs.map((name) => [name, urlFor(adminUrl, appRole(name), secret)])),
    backup: urlFor(adminUrl, BACKUP_ROLE, secret),
  };
}

/** Creates what is missing of roles and schemas. Repeating it changes nothing. */
export async function prepareRoles(adminUrl: string, subgraphs: string[]): Promise<RoleUrls> {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [ROLES_LOCK]);
    const known = await client.query<{ rolname: string; rolconfig: string[] | null }>(`select rolname, rolconfig from pg_roles where rolname like 'switchboard\\_%'`);
    const roles = new Map(known.rows.map(({ rolname, rolconfig }) => [rolname, rolconfig ?? []]));
    const wanted: [string, string][] = [
      [OWNER_ROLE, 'nobypassrls'],
      [SYSTEM_ROLE, 'bypassrls'],
      ...subgraphs.map((name): [string, string] => [appRole(name), 'nobypassrls']),
    ];
    for (const [role, bypass] of wanted) {
      if (roles.has(role)) continue;
      const attributes = `login noinherit nosuperuser nocreatedb nocreaterole noreplication ${bypass}`;
      await client.query(`create role ${role} ${attributes} password '${derive(secret, role)}'`);
    }
    await prepareBackupRole(client, roles.has(BACKUP_ROLE), derive(secret, BACKUP_ROLE));
    for (const role of subgraphs.map(appRole)) {
      if (!roles.get(role)?.includes(ALONE)) await client.query(`alter role ${role} set ${ALONE}`);
    }
    await client.query(`revoke create on schema public from public`);
    for (const schema of [...subgraphs, 'switchboard_migrations']) {
      await client.query(`create schema if not exists ${schema} authorization ${OWNER_ROLE}`);
    }
    // Of two that overlap, an exclusion constraint over ids and times lets one be. Only who may create in the database can add what it needs.
    await client.query('create extension if not exists btree_gist with schema public');
    // BullMQ's own migrations say "create schema if not exists", which PostgreSQL checks before it looks.
    await client.query(`do $$ begin execute format('grant create on database %I to ${SYSTEM_ROLE}', current_database()); end $$`);
    await client.query(`create schema if not exists bullmq authorization ${SYSTEM_ROLE}`);
    await client.query('commit');
    return roleUrls(adminUrl, subgraphs);
  } finally {
    await client.end();
  }
}

/** A login for backups alone. Who may not replicate cannot make one who may: then there are no backups from here, which the command that takes them says. */
async function prepareBackupRole(client: Client, exists: boolean, password: string): Promise<void> {
  if (exists) return;
  const { rows: [may] } = await client.query<{ may: boolean }>('select rolsuper or (rolcreaterole and rolreplication) as may from pg_roles where rolname = current_user');
  if (may?.may) await client.query(`create role ${BACKUP_ROLE} login noinherit nosuperuser nocreatedb nocreaterole replication nobypassrls password '${password}'`);
}
