// Security events out of audit events, in the transaction that adds those to the trail: either both are there or neither is.
import type { ClientBase } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import { fromNewPlaces } from './security-event.places.js';
import { judge, type Judgement } from './security-event.judge.js';
import { signsOf, type MetSign } from './security-event.met.js';
import { ruleOf } from './security-event.rules.js';
import type { TrailEvent } from './security-event.signs.js';
import { announce, forgetOld, keepNew, store, subjectsOf, waitingOf, type Incident } from './security-event.store.js';

/** Longer ago than any window is no attack of now: after an upgrade or an outage years may be collected at once. */
const NEWS_MS = 24 * 60 * 60_000;

/**
 * @param client in the collector's transaction on the database of compliance
 * @param events those that this transaction added to the trail. An event that comes again is not counted again.
 * What is older than a day at `now` only teaches where people sign in from.
 * @returns how many security events were opened
 */
export async function deriveSecurityEvents(client: ClientBase, events: readonly TrailEvent[], now: Date): Promise<number> {
  const signs = events.flatMap(signsOf);
  if (signs.length === 0) return 0;
  // Sources are collected side by side: whoever counts sees what the other has counted.
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', ['switchboard security events']);
  let opened = 0;
  for (const platform of [false, true]) {
    const own = signs.filter(({ event }) => (event.tenantId === null) === platform);
    if (own.length > 0) opened += await deriveIn(client, platform, own, now);
  }
  return opened;
}

async function deriveIn(client: ClientBase, platform: boolean, met: readonly MetSign[], now: Date): Promise<number> {
  const fresh = (await fromNewPlaces(client, platform, met)).filter(({ event }) => event.occurredAt.getTime() >= now.getTime() - NEWS_MS);
  const signs = await keepNew(client, platform, fresh);
  const incidents: Incident[] = [];
  for (const counted of await waitingOf(client, platform, subjectsOf(signs))) {
    const judgement: Judgement | null = judge(ruleOf(counted.rule), counted.waiting, counted.open, newId);
    if (judgement) incidents.push({ ...counted, ...judgement });
  }
  await store(client, platform, incidents);
  if (!platform) await announce(client, incidents);
  await forgetOld(client, platform, met.length);
  return incidents.filter(({ incident }) => incident.isNew).length;
}
