// presenceUpdate: one statement a heartbeat.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { enterHome, homeOf, tenantOf } from '../platform.js';
import type { PresenceStatus } from './presence.entity.js';
import { PresenceAnnounced } from './presence.events.js';
import type { PresenceFeed } from './presence.feed.js';
import { ANNOUNCED_EVERY_MS, PRESENCE_LASTS_MS, presenceAt, type PresenceNow, type SaidPresence } from './presence.rules.js';

const MAX_TEXT = 100;

export interface PresenceInput {
  status: PresenceStatus;
  text?: string | null;
}

interface Heartbeat extends SaidPresence {
  /** Null at the first. */
  before: PresenceStatus | null;
  announcedAt: Date;
}

export class PresenceService {
  constructor(private readonly feed: PresenceFeed) {}

  /** The caller's word, and a heartbeat. @throws Refusal InputInvalid */
  async update(context: OperationContext, input: PresenceInput): Promise<PresenceNow> {
    const note = noteOf(input.text);
    const { actor, userId } = context;
    const home = homeOf(actor);
    const said = await context.mutate(async (unit, audit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
      const announced = new Date(unit.now.getTime() - ANNOUNCED_EVERY_MS);
      const silence = new Date(unit.now.getTime() - PRESENCE_LASTS_MS);
      // `since` stays while the same status is repeated in time. Of two heartbeats at once the later word counts.
      const { rows: [said] } = await sql<Heartbeat>`
        with last as (
          select case when heartbeat_at > ${silence} then status else 'OFFLINE' end as status from identity.presence
          where tenant_id = ${home}::uuid and user_id = ${userId}::uuid
        )
        insert into identity.presence as p (tenant_id, user_id, status, note, since, heartbeat_at, announced_at)
        values (${home}::uuid, ${userId}::uuid, ${input.status}, ${note}, ${unit.now}, ${unit.now}, ${unit.now})
        on conflict (tenant_id, user_id) do update set status = excluded.status, note = excluded.note, heartbeat_at = excluded.heartbeat_at,
          since = case when p.status = excluded.status and (p.heartbeat_at > ${silence} or p.status = 'OFFLINE') then p.since else excluded.since end,
          announced_at = case when p.status = excluded.status and p.announced_at > ${announced} then p.announced_at else excluded.announced_at end
        returning status, note, since, heartbeat_at as "heartbeatAt", announced_at as "announcedAt", (select status from last) as before`.execute(unit.tx.getKysely());
      if (!said) throw new Error('An upsert returns its row.');
      if (tenantOf(home) !== null && said.announcedAt.getTime() === unit.now.getTime()) {
        unit.emit(PresenceAnnounced, { userId, status: said.status, saidAt: unit.now.toISOString(), endsAt: new Date(unit.now.getTime() + PRESENCE_LASTS_MS).toISOString() });
      }
      const resource = { type: 'User', id: userId };
      // The trail keeps who came and went apart from those who are merely still there; never what they wrote.
      audit.draft = said.before === said.status
        ? { ...audit.draft, resource, severity: 'DEBUG' }
        : { ...audit.draft, resource, before: { status: said.before }, after: { status: said.status } };
      return said;
    });
    this.feed.tell(home, userId, { status: said.status, note: said.note, since: said.since, heartbeatAt: said.heartbeatAt });
    return presenceAt(said, context.deps.clock.now());
  }
}

function noteOf(text: string | null | undefined): string | null {
  const note = (text ?? '').trim();
  if (note === '') return null;
  if (note.length > MAX_TEXT) throw invalidInput(`The text has ${note.length} characters; ${MAX_TEXT} is the most.`, ['input', 'text']);
  if (/\p{Cc}/u.test(note) || !note.isWellFormed()) throw invalidInput('The text holds characters that are no text.', ['input', 'text']);
  return note;
}
