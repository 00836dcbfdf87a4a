// What a superuser can do to the log is found and named; with the checks that find it left out, the same log passes.
import type { KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../kernel/base/ids.js';
import { LogWorld } from './log.fixture.js';
import type { Finding } from './log.entity.js';
import type { PublicLogKey } from './key-chain.js';
import { leafHash, entryText } from './entry.js';
import { endorsedKey } from './key-chain.js';
import { KEYS_ORIGIN, checkpointText, newKeyPair, privateKeyOf, signNote } from './note.js';
import { askOf, rootAt } from './proof.js';
import { originOf } from './stream.js';
import { GrowingTree } from './tile.js';
import { LogFacts } from './verify.facts.js';
import { CHECKS, beginning, verifyBatch, verifyEnd, type Check } from './verify.js';

const SIZE = 136;
const tenant = newId();
let world: LogWorld;
let ids: string[];
let note: string;

beforeAll(async () => {
  world = await LogWorld.open();
  ids = await world.seal(tenant, 100);
  await world.door.signCheckpoints(world.system);
  ids.push(...await world.seal(tenant, SIZE - 100));
  await world.door.signCheckpoints(world.system);
  [{ note } = { note: '' }] = await world.rows<{ note: string }>('select note from compliance.log_checkpoint where tenant_id = $1 and size = $2', [tenant, SIZE]);
});
afterAll(() => world.close());

/** Verifies the stream inside the transaction of the tampering, as it is now. */
async function verify(checks: ReadonlySet<Check>, kept: string | null = null): Promise<Finding | null> {
  const ask = askOf(world.admin as never);
  const keys = await ask<PublicLogKey>('select id, public_key as "publicKey", created_at as "createdAt", endorsed_by as "endorsedBy", endorsement from compliance.log_key order by created_at', []);
  const facts = new LogFacts(tenant, keys, ask);
  const [stream] = await ask<{ size: number }>('select size::int as size from compliance.log_stream where tenant_id = $1', [tenant]);
  const total = stream?.size ?? 0;
  const progress = beginning();
  while (progress.checked < total) {
    const found = await verifyBatch(facts, progress, total, checks);
    if (found) return found;
  }
  return verifyEnd(facts, total, kept, checks);
}

const at = (position: number): string => `tenant_id = '${tenant}' and position = ${position}`;
const own = `tenant_id = '${tenant}'`;
/** A copy of an entry that says something else. */
const copied = (position: number, from: number): string => `insert into compliance.audit_event select
  (jsonb_populate_record(e, jsonb_build_object('id', '${newId()}', 'position', ${position}, 'action', 'order.forge', 'occurred_at', e.occurred_at + interval '1 s'))).* from compliance.audit_event e where ${at(from)}`;

/** Rewrites what depends on the entries from a position on: chain, tiles and head, as somebody would who knows how the log is made. */
async function rewriteFrom(size: number): Promise<void> {
  const rows = (await new LogFacts(tenant, [], askOf(world.admin as never)).batch(0, size)).rows;
  const tree = new GrowingTree();
  let head: Buffer | null = null;
  for (let position = 0; position < size; position += 1) {
    const [row] = rows.get(position) ?? [];
    if (!row) throw new Error(`No entry ${position}.`);
    await world.admin.query('update compliance.audit_event set previous = $2 where tenant_id = $1 and position = $3', [tenant, head, position]);
    head = leafHash(entryText(tenant, row, { previous: head, detailsHash: row.detailsHash }));
    tree.append(head);
  }
  await world.admin.query(`delete from compliance.log_tile where ${own}`);
  const tiles = new Map(tree.takeChanged().map((tile) => [`${tile.level}/${tile.index}`, tile]));
  for (const { level, index, hashes } of tiles.values()) {
    await world.admin.query('insert into compliance.log_tile values ($1, $2, $3, $4)', [tenant, level, index, Buffer.concat(hashes)]);
  }
  await world.admin.query(`update compliance.log_stream set size = $2, head = $3 where tenant_id = $1`, [tenant, size, head]);
}

interface Case {
  what: string;
  tamper: () => Promise<void>;
  found: { kind: Finding['kind']; position: number; event?: number | null };
  /** The checks of which each finds it alone. */
  by: Check[];
  kept?: true;
}

const sql = (...statements: string[]) => async (): Promise<void> => {
  for (const statement of statements) await world.admin.query(statement);
};

const CASES: Case[] = [
  { what: 'a byte of an entry changed', tamper: sql(`update compliance.audit_event set action = 'order.recorD' where ${at(70)}`),
    found: { kind: 'CHANGED', position: 70, event: 70 }, by: ['leaf', 'chain', 'tree', 'checkpoint'] },
  { what: 'the last entry changed', tamper: sql(`update compliance.audit_event set outcome = 'DENIED' where ${at(SIZE - 1)}`),
    found: { kind: 'CHANGED', position: SIZE - 1, event: SIZE - 1 }, by: ['leaf', 'tree', 'checkpoint'] },
  { what: 'a byte of the details changed', tamper: sql(`update compliance.audit_event set after = '{"index":71}' where ${at(70)}`),
    found: { kind: 'CHANGED', position: 70, event: 70 }, by: ['details'] },
  { what: 'an entry removed', tamper: sql(`delete from compliance.audit_event where ${at(70)}`),
    found: { kind: 'REMOVED', position: 70, event: null }, by: ['place'] },
  { what: 'an entry removed and the next ones moved up', found: { kind: 'REMOVED', position: 70, event: null }, by: ['place', 'leaf', 'chain', 'tree', 'checkpoint'],
    tamper: sql(`delete from compliance.audit_event where ${at(70)}`, `update compliance.audit_event set position = position + 999 where ${own} and position > 70`,
      `update compliance.audit_event set position = position - 1000 where ${own} and position > 1000`) },
  { what: 'an entry inserted at the place of another', tamper: async () => { await world.admin.query(copied(70, 70)); },
    found: { kind: 'INSERTED', position: 70 }, by: ['place'] },
  { what: 'an entry inserted and the next ones moved down', found: { kind: 'INSERTED', position: 70 }, by: ['place', 'leaf', 'chain', 'tree', 'checkpoint'],
    tamper: async () => {
      await world.admin.query(`update compliance.audit_event set position = position + 1000 where ${own} and position >= 70`);
      await world.admin.query(copied(70, 69));
      await world.admin.query(`update compliance.audit_event set position = position - 999 where ${own} and position >= 1070`);
    } },
  { what: 'an entry inserted beyond the end', tamper: async () => { await world.admin.query(copied(SIZE + 5, 70)); },
    found: { kind: 'INSERTED', position: SIZE + 5 }, by: ['place'] },
  { what: 'two entries swapped', found: { kind: 'SWAPPED', position: 70, event: 130 }, by: ['leaf', 'chain', 'tree', 'checkpoint'],
    tamper: sql(`update compliance.audit_event set position = 1000 where ${at(70)}`, `update compliance.audit_event set position = 70 where ${at(130)}`,
      `update compliance.audit_event set position = 130 where ${at(1000)}`) },
  { what: 'the tail cut', tamper: sql(`delete from compliance.audit_event where ${own} and position >= 120`),
    found: { kind: 'CUT', position: 120, event: null }, by: ['place'] },
  { what: 'the tail cut, and tiles and stream rewritten to fit', found: { kind: 'CUT', position: 120, event: null }, by: ['checkpoint'],
    tamper: async () => {
      await world.admin.query(`delete from compliance.audit_event where ${own} and position >= 120`);
      await rewriteFrom(120);
    } },
  { what: 'the tail cut with its checkpoint, against the checkpoint kept elsewhere', kept: true, found: { kind: 'CUT', position: 120, event: null }, by: ['checkpoint'],
    tamper: async () => {
      await world.admin.query(`delete from compliance.audit_event where ${own} and position >= 120`);
      await rewriteFrom(120);
      await world.admin.query(`delete from compliance.log_checkpoint where ${own} and size > 120`);
    } },
  { what: 'an entry changed, and everything after it rewritten to fit', found: { kind: 'CHECKPOINT', position: 99, event: null }, by: ['checkpoint'],
    tamper: async () => {
      await world.admin.query(`update compliance.audit_event set action = 'order.forge' where ${at(70)}`);
      await rewriteFrom(SIZE);
    } },
  { what: 'a tile rewritten', found: { kind: 'TREE', position: 70, event: 70 }, by: ['leaf', 'tree'],
    tamper: sql(`update compliance.log_tile set hashes = overlay(hashes placing '\\x00' from ${(70 % 64) * 32 + 1} for 1) where ${own} and level = 0 and index = 1`) },
  { what: 'a tile above the leaves rewritten', found: { kind: 'TREE', position: 64, event: null }, by: ['tree'],
    tamper: sql(`update compliance.log_tile set hashes = overlay(hashes placing '\\x00' from 33 for 1) where ${own} and level = 1`) },
  { what: 'a checkpoint forged', found: { kind: 'CHECKPOINT', position: 99, event: null }, by: ['checkpoint'],
    tamper: sql(`update compliance.log_checkpoint set note = replace(note, '100', '101') where ${own} and size = 100`) },
];

CASES.push(
  { what: 'an entry removed, and said to have been dropped by retention', found: { kind: 'REMOVED', position: 70, event: null }, by: ['place'],
    tamper: sql(`delete from compliance.audit_event where ${at(70)}`,
      `insert into compliance.log_dropped values ('${tenant}', '2019-01-01', '{[70,71)}', now() - interval '1 day')`) },
  { what: 'an entry removed, and a month of this year said to have been dropped', found: { kind: 'REMOVED', position: 70, event: null }, by: ['place'],
    tamper: sql(`delete from compliance.audit_event where ${at(70)}`, `insert into compliance.log_dropped values ('${tenant}', date_trunc('month', now()), '{[70,71)}')`) },
  { what: 'details changed into what has no canonical form', tamper: sql(`update compliance.audit_event set after = '{"n":1e400}' where ${at(70)}`),
    found: { kind: 'CHANGED', position: 70, event: 70 }, by: ['details'] },
  { what: 'an instant changed into one that no clock shows', tamper: sql(`update compliance.audit_event set occurred_at = 'infinity' where ${at(70)}`),
    found: { kind: 'CHANGED', position: 70, event: 70 }, by: ['leaf'] },
  { what: 'a key added that none before it has endorsed', found: { kind: 'CHECKPOINT', position: 0, event: null }, by: ['checkpoint'], tamper: async () => { await forgeKey(); } },
  { what: 'a log rewritten and signed with a key that none has endorsed', found: { kind: 'CHECKPOINT', position: 99, event: null }, by: ['checkpoint'],
    tamper: async () => {
      const forged = await forgeKey();
      await world.admin.query(`update compliance.audit_event set action = 'order.forge' where ${at(70)}`);
      await rewriteFrom(SIZE);
      for (const size of [100, SIZE]) {
        const root = await rootAt(askOf(world.admin as never), tenant, size);
        const signed = signNote(checkpointText({ origin: originOf(tenant), size, root }), originOf(tenant), forged);
        await world.admin.query('update compliance.log_checkpoint set root = $3, note = $4 where tenant_id = $1 and size = $2', [tenant, size, root, signed]);
      }
    } },
);

/** A key whose endorsement is signed by itself. */
async function forgeKey(): Promise<{ publicKey: Buffer; privateKey: KeyObject }> {
  const { publicKey, privateJwk } = newKeyPair();
  const forged = { publicKey, privateKey: privateKeyOf(privateJwk) };
  const endorsement = signNote(`${KEYS_ORIGIN}\n${endorsedKey(publicKey)}\n2026-11-29T00:00:00.000Z\n`, KEYS_ORIGIN, forged);
  await world.admin.query(`insert into compliance.log_key (id, public_key, private_key, created_at, endorsed_by, endorsement)
    select $1, $2, '\\x00', now(), id, $3 from compliance.log_key`, [newId(), publicKey, endorsement]);
  return forged;
}

it('passes as it is', async () => {
  expect(await verify(new Set(CHECKS), note)).toBeNull();
});

describe.each(CASES)('$what', ({ tamper, found, by, kept }) => {
  const positionOf = (uuid: string | null): number | null => (uuid === null ? null : ids.indexOf(uuid));

  it('is found and named, and only by the checks that are for it', async () => {
    await world.admin.query('begin');
    try {
      await tamper();
      const finding = await verify(new Set(CHECKS), kept ? note : null);
      expect(finding).toMatchObject({ kind: found.kind, position: found.position });
      if (found.event !== undefined) expect(positionOf(finding?.eventId ?? null)).toBe(found.event);
      // Each check alone: those that find it are those that are named, and without all of them nothing does.
      const alone: Check[] = [];
      for (const check of CHECKS) if (await verify(new Set([check]), kept ? note : null)) alone.push(check);
      expect(alone).toEqual(by);
      expect(await verify(new Set(CHECKS.filter((check) => !by.includes(check))), kept ? note : null)).toBeNull();
    } finally {
      await world.admin.query('rollback');
    }
  });
});

it('nothing but tampering was found: the log still passes', async () => {
  expect(await verify(new Set(CHECKS), note)).toBeNull();
});
