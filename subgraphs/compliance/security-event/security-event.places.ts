// Where people sign in from, as fingerprints: a place is new to somebody of whom other places are known.
import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { PLACES, type PlaceKind } from './security-event.signs.js';
import { ruleOf } from './security-event.rules.js';
import { columns, table } from './security-event.tables.js';
import type { MetSign } from './security-event.met.js';

const fingerprint = (kind: PlaceKind, place: string): string => createHash('sha256').update(`${kind}/${place}`).digest('hex');

interface Visit {
  tenantId: string | null;
  subjectId: string;
  kind: PlaceKind;
  place: string;
  at: string;
}

const keyOf = ({ tenantId, subjectId, kind }: Visit): string => `${tenantId}/${subjectId}/${kind}`;

/** Those signs that need no new place, or come from one. Remembers every place. */
export async function fromNewPlaces(client: ClientBase, platform: boolean, signs: readonly MetSign[]): Promise<MetSign[]> {
  const visits = new Map(signs.flatMap((sign): [MetSign, Visit][] => {
    const kind = ruleOf(sign.rule).newPlace;
    const place = kind ? PLACES[kind](sign.event) : null;
    if (!kind || place === null) return [];
    return [[sign, { tenantId: sign.event.tenantId, subjectId: sign.subject.id, kind, place: fingerprint(kind, place), at: sign.event.occurredAt.toISOString() }]];
  }));
  const known = await remember(client, platform, [...visits.values()]);
  return [...signs].sort((a, b) => a.event.occurredAt.getTime() - b.event.occurredAt.getTime()).filter((sign) => {
    if (!ruleOf(sign.rule).newPlace) return true;
    const visit = visits.get(sign);
    if (!visit) return false;
    const places = known.get(keyOf(visit)) ?? new Set();
    // The first place of all is where somebody begins.
    const isNew = places.size > 0 && !places.has(visit.place);
    known.set(keyOf(visit), places.add(visit.place));
    return isNew;
  });
}

/** @returns the places that were known before, by person and kind */
async function remember(client: ClientBase, platform: boolean, visits: readonly Visit[]): Promise<Map<string, Set<string>>> {
  if (visits.length === 0) return new Map();
  const { key, value, same } = columns(platform);
  const asked = `jsonb_to_recordset($1::jsonb) as r ("tenantId" uuid, "subjectId" text, kind text, place text, at timestamptz)`;
  const json = JSON.stringify(visits);
  const { rows } = await client.query<Visit>(`
    select distinct ${platform ? 'null' : 'k.tenant_id'} as "tenantId", k.subject_id as "subjectId", k.kind, k.place
    from ${table(platform, 'security_place')} k join ${asked} on ${same('k')} k.subject_id = r."subjectId" and k.kind = r.kind`, [json]);
  await client.query(`
    insert into ${table(platform, 'security_place')} as k (${key} subject_id, kind, place, last_at)
    select ${value} "subjectId", kind, place, max(at) from ${asked} group by ${value} "subjectId", kind, place
    on conflict (${key} subject_id, kind, place) do update set last_at = excluded.last_at where k.last_at < excluded.last_at - interval '1 day'`, [json]);
  const known = new Map<string, Set<string>>();
  for (const row of rows) known.set(keyOf(row), (known.get(keyOf(row)) ?? new Set()).add(row.place));
  return known;
}
