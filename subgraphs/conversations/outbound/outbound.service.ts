// Handing messages to the provider: intent -> attempt -> outcome, each committed before the next. Never two automatic sends.
import type { Clock } from '../../kernel/base/clock.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { Providers, SendOutcome } from '../channel/channel.port.js';
import type { Said } from '../channel/content.js';
import type { ConversationsCrashPoint } from '../conversations.crash.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { announce, settle, type SettledMessage } from '../message/message.delivery.js';
import { lockReports } from '../message/message.lock.js';
import { db } from '../tables.js';
import { LEASE_MS, RETRY_CLASSES, retryDelay } from './outbound.rules.js';

const REQUEST_TIMEOUT_MS = 15_000;

export interface OutboundDeps {
  database: Database;
  unit: UnitOfWorkDeps;
  clock: Clock;
  inboxes: InboxService;
  providers: Providers;
  /** Where providers reach us, without a slash at the end. */
  reachedAt: string;
  crash: CrashPoint<ConversationsCrashPoint>;
}

interface Attempt {
  messageId: string;
  inboxId: string;
  attempts: number;
  said: Said;
  replyTo: string | null;
  to: string;
}

export class OutboundService {
  constructor(private readonly deps: OutboundDeps) {}

  /** Sends what waits in one conversation, oldest first, until nothing is due. @returns how many attempts were made */
  async drain(tenantId: string, conversationId: string): Promise<number> {
    for (let made = 0; ; made += 1) {
      const attempt = await this.#claim(tenantId, conversationId);
      if (!attempt) return made;
      this.deps.crash('send:claimed');
      const outcome = await this.#send(tenantId, attempt);
      this.deps.crash('send:answered');
      await this.#record(tenantId, attempt, outcome);
      this.deps.crash('send:recorded');
    }
  }

  /** Marks the oldest open message attempted, and commits that before anything leaves this process. */
  async #claim(tenantId: string, conversationId: string): Promise<Attempt | null> {
    return this.#unit(tenantId, async (unit) => {
      const now = unit.now;
      const open = await db(unit.tx).selectFrom('Outbound').selectAll().where('conversationId', '=', conversationId)
        .where('state', 'in', ['INTENT', 'RETRY', 'ATTEMPTED']).where((eb) => eb.or([
          eb('state', '<>', 'ATTEMPTED'),
          // An attempt without an outcome holds the order while it may still be running; later it only waits for a person.
          eb('attemptedAt', '>', new Date(now.getTime() - LEASE_MS)),
        ])).orderBy('seq').limit(1).forUpdate().executeTakeFirst();
      if (!open || open.state === 'ATTEMPTED' || open.nextAttemptAt > now) return null;
      const message = await db(unit.tx).selectFrom('Message').innerJoin('Conversation', 'Conversation.id', 'Message.conversationId')
        .innerJoin('ContactIdentity', (join) => join.onRef('ContactIdentity.contactId', '=', 'Conversation.contactId').onRef('ContactIdentity.inboxId', '=', 'Message.inboxId'))
        .select(['Message.type as type', 'Message.text as text', 'Message.content as content', 'Message.replyTo as replyTo', 'ContactIdentity.externalId as to']).where('Message.id', '=', open.messageId)
        // Somebody whose number has changed is written to by the new one.
        .orderBy('ContactIdentity.replacedAt', (order) => order.desc().nullsFirst()).orderBy('ContactIdentity.createdAt', 'desc').limit(1).executeTakeFirstOrThrow();
      await db(unit.tx).updateTable('Outbound').set({ state: 'ATTEMPTED', attempts: open.attempts + 1, attemptedAt: now }).where('messageId', '=', open.messageId).execute();
      const { to, replyTo, ...said } = message;
      return { messageId: open.messageId, inboxId: open.inboxId, attempts: open.attempts + 1, said, replyTo, to };
    });
  }

  async #send(tenantId: string, attempt: Attempt): Promise<SendOutcome> {
    let inbox: OpenInbox | null;
    try {
      inbox = await this.deps.database.inScope(tenantScope(tenantId), (tx) => this.deps.inboxes.open(tx, tenantId, attempt.inboxId), { readOnly: true });
    } catch (error) {
      // Nothing has left this process: unlike a silent provider, this is certain and may be tried again.
      return { kind: 'refused', class: 'retry', code: 'inbox-unreadable', message: `The inbox could not be opened: ${(error as Error).message}` };
    }
    if (!inbox) return { kind: 'refused', class: 'permanent', code: 'inbox-gone', message: 'The inbox does not exist any more.' };
    return inbox.channel.send(
      { to: attempt.to, said: attempt.said, files: [], replyTo: attempt.replyTo, clientReference: encodeId('msg', attempt.messageId) },
      { providers: this.deps.providers, webhookUrl: `${this.deps.reachedAt}/webhooks/${inbox.channel.slug}/${inbox.key}`, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    );
  }

  async #record(tenantId: string, attempt: Attempt, outcome: SendOutcome): Promise<void> {
    // Unclear: the ledger already says so. The echo of the provider settles it, or the sweeper asks a person.
    if (outcome.kind === 'unclear') return;
    await this.#unit(tenantId, async (unit) => {
      if (outcome.kind === 'accepted') await lockReports(unit, attempt.inboxId, outcome.externalId);
      const message = await this.#lockMessage(unit, attempt.messageId);
      if (outcome.kind === 'accepted') {
        await settle(unit, message, outcome.externalId, 'SENT');
        return;
      }
      const again = RETRY_CLASSES[outcome.class] && retryDelay(outcome.class, attempt.attempts);
      const refusal = `${outcome.class} ${outcome.code}: ${outcome.message}`.slice(0, 500);
      if (again) {
        await db(unit.tx).updateTable('Outbound').set({ state: 'RETRY', refusal, nextAttemptAt: new Date(unit.now.getTime() + again) })
          .where('messageId', '=', message.id).where('state', '=', 'ATTEMPTED').execute();
        return;
      }
      await db(unit.tx).updateTable('Outbound').set({ state: 'REFUSED', refusal }).where('messageId', '=', message.id).where('state', '=', 'ATTEMPTED').execute();
      if (message.status !== 'QUEUED') return;
      await db(unit.tx).updateTable('Message').set({ status: 'FAILED', errorCode: outcome.code, errorTitle: outcome.message.slice(0, 500) }).where('id', '=', message.id).execute();
      await announce(unit, message, 'FAILED');
    });
  }

  /** An attempt whose outcome never became known: a person decides from here on. */
  async giveUp(tenantId: string, messageId: string): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const message = await this.#lockMessage(unit, messageId);
      const moved = await db(unit.tx).updateTable('Outbound').set({ state: 'UNCONFIRMED' })
        .where('messageId', '=', messageId).where('state', '=', 'ATTEMPTED').executeTakeFirst();
      if (Number(moved.numUpdatedRows) === 0 || message.status !== 'QUEUED') return false;
      await db(unit.tx).updateTable('Message').set({ status: 'UNCONFIRMED' }).where('id', '=', messageId).execute();
      await announce(unit, message, 'UNCONFIRMED');
      return true;
    });
  }

  #lockMessage({ tx }: UnitOfWork, id: string): Promise<SettledMessage> {
    return db(tx).selectFrom('Message').select(['id', 'tenantId', 'conversationId', 'inboxId', 'status', 'externalId']).where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
  }

  #unit<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `send-${newId()}` }, work);
  }
}
