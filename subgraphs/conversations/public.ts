// The door of conversations: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import { unmeteredQuotas, unrecountedQuotas } from '../kernel/data/quota-tables.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { announceAttentionJob, fetchMediaJob, ingestJob, limitJobs, noteAddressJob, refreshTokenJob, removeMediaJob, rotateKeysJob, sendJob, wakeJob, removeLabelJob, giveOutJob, type remindGuestJob, type noteInboxBotJob, type notePresenceJob, type noteColleagueJob, type confirmAttentionJob, type purgeJob, type releaseJob } from './jobs.js';
import { UNGIVEN, UNGIVEN_SECONDS } from './assignment/assignment.overdue.js';
import { CONNECTION_MINUTES } from './connection/connection.service.js';
import { AGAIN_HOURS } from './connection/token.refresh.js';
import { TOKEN_WARNING_MS } from './integration/integration.problems.js';
import type { InboxOf } from './contact/contact.identity.js';
import { conversationsToRetry, unsentConversations, type DueConversation } from './outbound/outbound.due.js';
import { TIDY_PACE } from './outbound/outbound.pace.js';
import { SEND_BOUNDS } from './outbound/outbound.rules.js';
import { unreadInboxes } from './webhook-delivery/webhook-delivery.read.js';
import type { ConversationsServices } from './services.js';

export interface ConversationsDoor {
  /** Inboxes in which something waits that nobody has tried to read, across tenants. @param system pool of the system role */
  unread(system: Pool): Promise<InboxOf[]>;
  /** Reads what an inbox was delivered, up to a bound. @returns how many deliveries were taken: none when somebody else has what waits */
  readInbox(inbox: InboxOf): Promise<number>;
  ingest(payload: z.infer<typeof ingestJob.payload>): Promise<number>;
  /** Conversations with a message that nobody has attempted, tenants in turns. @param system pool of the system role */
  unsent(system: Pool): Promise<DueConversation[]>;
  /** Hands over what waits in a conversation, up to a bound. @returns how many attempts were made */
  sendFrom(conversation: Pick<DueConversation, 'tenantId' | 'conversationId'>): Promise<number>;
  send(payload: z.infer<typeof sendJob.payload>): Promise<number>;
  fetchMedia(payload: z.infer<typeof fetchMediaJob.payload>): Promise<boolean>;
  removeMedia(payload: z.infer<typeof removeMediaJob.payload>): Promise<boolean>;
  /** Deletes every file of a tenant. */
  forget(tenantId: string): Promise<void>;
  announceAttention(payload: z.infer<typeof announceAttentionJob.payload>): Promise<boolean>;
  confirmAttention(payload: z.infer<typeof confirmAttentionJob.payload>): Promise<boolean>;
  release(payload: z.infer<typeof releaseJob.payload>): Promise<number>;
  wake(payload: z.infer<typeof wakeJob.payload>): Promise<boolean>;
  removeLabel(payload: z.infer<typeof removeLabelJob.payload>): Promise<number>;
  noteColleague(payload: z.infer<typeof noteColleagueJob.payload>): Promise<boolean>;
  notePresence(payload: z.infer<typeof notePresenceJob.payload>): Promise<boolean>;
  noteInboxBot(payload: z.infer<typeof noteInboxBotJob.payload>): Promise<boolean>;
  remindGuest(payload: z.infer<typeof remindGuestJob.payload>): Promise<boolean>;
  giveOut(payload: z.infer<typeof giveOutJob.payload>): Promise<number>;
  refreshToken(payload: z.infer<typeof refreshTokenJob.payload>): Promise<boolean>;
  noteAddress(payload: z.infer<typeof noteAddressJob.payload>): Promise<boolean>;
  purge(payload: z.infer<typeof purgeJob.payload>): Promise<number>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
  applyLimits(payload: z.infer<typeof limitJobs.apply.payload>): Promise<boolean>;
  measure(payload: z.infer<typeof limitJobs.measure.payload>): Promise<number>;
  confirmMeasure(payload: z.infer<typeof limitJobs.confirm.payload>): Promise<void>;
  recount(payload: z.infer<typeof limitJobs.recount.payload>, system: Pool): Promise<number>;
  /** What waits in the tables longer than a job should take, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
  /** Forgets what was granted by dialogues that nobody finished. */
  tidy(system: Pool): Promise<void>;
  /** Hands sends whose outcome never became known to a person. @returns how many */
  giveUp(system: Pool): Promise<number>;
  /** Deletes what says nothing any more. */
  tidy(system: Pool): Promise<void>;
}

/** A healthy job starts within this time; what is older is enqueued again. */
const OVERDUE_SECONDS = 3;
/** Identity answers within a fraction of a second; what it has not confirmed by then is asked again. */
const UNCONFIRMED_SECONDS = 5;
const BATCH = 500;
const TIDY_MS = 60_000;

// A delivery that failed waits four times as long after each attempt (12 s, 48 s, 3 min, 13 min from its arrival, or from when it was asked to be read again). Those that nobody has tried are read by whoever looks for unread ones.
const DELIVERIES = `select tenant_id as "tenantId", id as "deliveryId" from conversations.webhook_delivery
  where status = 'RECEIVED' and attempts > 0 and waiting_since < now() - make_interval(secs => $1 * power(4, attempts)) order by waiting_since limit $2`;

const ATTENTION = `select tenant_id as "tenantId", dedupe_key as "dedupeKey" from conversations.attention_request
  where announced_at < now() - make_interval(secs => $1) order by announced_at limit $2`;

const FETCHES = `select tenant_id as "tenantId", id as "attachmentId" from conversations.attachment
  where source = 'CHANNEL' and state in ('WAITING', 'FETCHING') and due_at < now() - make_interval(secs => $1) order by due_at limit $2`;

const REMOVALS = `select tenant_id as "tenantId", id as "attachmentId" from conversations.attachment
  where due_at <= now() and (state = 'GONE' or (source = 'UPLOAD' and message_id is null and (state <> 'FETCHING' or created_at <= now() - interval '1 day'))) order by due_at limit $1`;

const SLEEPERS = `select tenant_id as "tenantId", id as "conversationId" from conversations.conversation where snoozed_until <= now() order by snoozed_until limit $1`;

const DELETED_LABELS = `select tenant_id as "tenantId", id as "labelId" from conversations.label where deleted_at < now() - make_interval(secs => $1) order by deleted_at limit $2`;

const UNCLEAR = `select tenant_id as "tenantId", message_id as "messageId" from conversations.outbound
  where state = 'ATTEMPTED' and attempted_at < now() - make_interval(secs => $1) limit $2`;

const TOKENS = `select tenant_id as "tenantId", id as "inboxId" from conversations.inbox
  where token_expires_at < now() + make_interval(secs => $1) and state = 'ACTIVE' and (token_tried_at is null or token_tried_at < now() - make_interval(hours => $2)) order by token_expires_at limit $3`;

const ADDRESSES = `select tenant_id as "tenantId", id as "inboxId" from conversations.inbox where address_due_at <= now() and state <> 'DELETED' order by address_due_at, id limit $1`;

export function conversationsDoor({ attachments, ingest, reader, outbound, attention, release, life, colleagues, presences, giver, inboxBots, guestReminders, limits, retention, tokens, addresses, labelRemoval, deps }: ConversationsServices): ConversationsDoor {
  let tidied = 0;
  return {
    unread: unreadInboxes(),
    readInbox: (inbox) => reader.read(inbox),
    ingest: ({ tenantId, deliveryId }) => ingest.ingest(tenantId, deliveryId),
    unsent: (system) => unsentConversations(system, deps.clock.now()),
    sendFrom: ({ tenantId, conversationId }) => outbound.drain(tenantId, conversationId, SEND_BOUNDS),
    send: ({ tenantId, conversationId }) => outbound.drain(tenantId, conversationId, SEND_BOUNDS),
    fetchMedia: ({ tenantId, attachmentId }) => attachments.fetch.run(tenantId, attachmentId),
    removeMedia: ({ tenantId, attachmentId }) => attachments.removal.remove(tenantId, attachmentId),
    forget: (tenantId) => attachments.removal.forget(tenantId),
    announceAttention: ({ tenantId, dedupeKey }) => attention.announce(tenantId, dedupeKey),
    confirmAttention: ({ tenantId, dedupeKey }) => attention.confirm(tenantId, dedupeKey),
    release: ({ tenantId, userId }) => release.release(tenantId, userId),
    wake: ({ tenantId, conversationId }) => life.wake(tenantId, conversationId),
    removeLabel: ({ tenantId, labelId }) => labelRemoval.remove(tenantId, labelId),
    noteColleague: ({ tenantId, ...colleague }) => colleagues.note(tenantId, colleague),
    notePresence: ({ tenantId, ...presence }) => presences.note(tenantId, presence),
    noteInboxBot: ({ tenantId, ...serving }) => inboxBots.note(tenantId, serving),
    remindGuest: ({ tenantId, startsAt, ...reminder }) => guestReminders.remind(tenantId, { ...reminder, startsAt: new Date(startsAt) }),
    giveOut: ({ tenantId, inboxId }) => giver.run(tenantId, inboxId),
    refreshToken: ({ tenantId, inboxId }) => tokens.refresh(tenantId, inboxId),
    noteAddress: ({ tenantId, inboxId }) => addresses.note(tenantId, inboxId),
    purge: (order) => retention.purge(order),
    rotateKeys: (rotation, system) => deps.keyRotation.run(system, rotation),
    applyLimits: ({ tenantId, ...granted }) => limits.apply(tenantId, granted),
    measure: ({ tenantId }) => limits.measure(tenantId),
    confirmMeasure: ({ tenantId, ...noted }) => limits.confirm(tenantId, noted),
    recount: ({ tenantId }, system) => limits.recount(tenantId, system),
    // Whoever removes a person announces it until the release is confirmed: no release waits here.
    overdue: async (system) => [
      { job: ingestJob, payloads: (await system.query(DELIVERIES, [OVERDUE_SECONDS, BATCH])).rows },
      { job: sendJob, payloads: await conversationsToRetry(system, BATCH, deps.clock.now()) },
      { job: fetchMediaJob, payloads: (await system.query(FETCHES, [OVERDUE_SECONDS, BATCH])).rows },
      { job: removeMediaJob, payloads: (await system.query(REMOVALS, [BATCH])).rows, routine: true },
      { job: announceAttentionJob, payloads: (await system.query(ATTENTION, [UNCONFIRMED_SECONDS, BATCH])).rows },
      // The clock alone wakes: no event begins it.
      { job: wakeJob, payloads: (await system.query(SLEEPERS, [BATCH])).rows, routine: true },
      // Of a label that very many bear this takes longer than a job should.
      { job: removeLabelJob, payloads: (await system.query(DELETED_LABELS, [OVERDUE_SECONDS, BATCH])).rows, routine: true },
      // The clock lets people come and go, and fair limits end.
      { job: giveOutJob, payloads: (await system.query(UNGIVEN, [UNGIVEN_SECONDS, BATCH])).rows, routine: true },
      { job: refreshTokenJob, payloads: (await system.query(TOKENS, [TOKEN_WARNING_MS / 1000, AGAIN_HOURS, BATCH])).rows, routine: true },
      { job: noteAddressJob, payloads: (await system.query(ADDRESSES, [BATCH])).rows, routine: true },
      { job: rotateKeysJob, payloads: await deps.keyRotation.due(system), routine: true },
      // Counters change often; what they say is gathered here.
      { job: limitJobs.measure, payloads: (await system.query(unmeteredQuotas('conversations'), [UNCONFIRMED_SECONDS, BATCH])).rows, routine: true },
      { job: limitJobs.recount, payloads: (await system.query(unrecountedQuotas('conversations'), [BATCH])).rows, routine: true },
    ],
    tidy: async (system) => {
      if (Date.now() - tidied < TIDY_MS) return;
      tidied = Date.now();
      await system.query(TIDY_PACE);
      await system.query('delete from conversations.inbox_connection where created_at < now() - make_interval(mins => $1)', [CONNECTION_MINUTES]);
    },
    giveUp: async (system) => {
      const unclear = await system.query<{ tenantId: string; messageId: string }>(UNCLEAR, [deps.config.unconfirmedAfterSeconds, BATCH]);
      let given = 0;
      for (const { tenantId, messageId } of unclear.rows) if (await outbound.giveUp(tenantId, messageId)) given += 1;
      return given;
    },
  };
}
