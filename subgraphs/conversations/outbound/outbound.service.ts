// Handing messages to the provider: intent -> attempt -> outcome, each committed before the next. Never two automatic sends.
import type { Clock } from '../../kernel/base/clock.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { patienceFor, type AttachmentSending } from '../attachment/attachment.sending.js';
import type { OutboundFile, SendOutcome } from '../channel/channel.port.js';
import type { Providers } from '../channel/providers.js';
import { noteOptOut } from '../contact/contact.consent.js';
import type { ConversationsCrashPoint } from '../conversations.crash.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { waitForToken } from '../inbox/inbox.standing.js';
import { announce, settle, type SettledMessage } from '../message/message.delivery.js';
import { TAKEN_OVER } from '../message/message.hindrance.js';
import { lockReports } from '../message/message.lock.js';
import { db } from '../tables.js';
import { claimNext, type Attempt, type Claim } from './outbound.claim.js';
import { keepChange, leaveChange, refuseChange } from './outbound.change.js';
import type { OutboundState } from './outbound.entity.js';
import { slowDown } from './outbound.pace.js';
import { keepReaction, refuseReaction } from './outbound.reaction.js';
import { CODE_OF_CLASS, RETRY_CLASSES, retryDelay } from './outbound.rules.js';

const REQUEST_TIMEOUT_MS = 15_000;

export interface OutboundDeps {
  database: Database;
  unit: UnitOfWorkDeps;
  clock: Clock;
  inboxes: InboxService;
  providers: Providers;
  /** Where providers reach us, without a slash at the end. */
  reachedAt: string;
  attachments: AttachmentSending;
  crash: CrashPoint<ConversationsCrashPoint>;
}

export class OutboundService {
  constructor(private readonly deps: OutboundDeps) {}

  /** Sends what waits in one conversation, oldest first, until nothing is due or the bounds are reached. @returns how many attempts were made */
  async drain(tenantId: string, conversationId: string, bounds = { attempts: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY }): Promise<number> {
    const end = performance.now() + bounds.ms;
    for (let made = 0; ;) {
      // What is due here still is found again, behind that of others.
      if (made >= bounds.attempts || performance.now() > end) return made;
      // Committed before anything leaves this process.
      const claim = await this.#unit(tenantId, (unit) => claimNext(unit, conversationId));
      if (!claim) return made;
      if (claim.kind === 'hindered') {
        await this.#hinder(tenantId, claim);
        continue;
      }
      const { attempt } = claim;
      this.deps.crash('send:claimed');
      const outcome = await this.#send(tenantId, attempt);
      this.deps.crash('send:answered');
      await this.#record(tenantId, attempt, outcome);
      this.deps.crash('send:recorded');
      made += 1;
    }
  }

  async #send(tenantId: string, attempt: Attempt): Promise<SendOutcome> {
    let inbox: OpenInbox | null;
    let files: OutboundFile[] | SendOutcome = [];
    try {
      inbox = await this.deps.database.inScope(tenantScope(tenantId), (tx) => this.deps.inboxes.open(tx, tenantId, attempt.inboxId), { readOnly: true });
      if (inbox && !attempt.reaction && !attempt.change && attempt.said.content?.kind === 'media') files = await this.deps.attachments.filesOf(tenantId, attempt.messageId, inbox.channel.name);
    } catch (error) {
      // Nothing has left this process: unlike a silent provider, this is certain and may be tried again.
      return { kind: 'refused', class: 'retry', code: 'inbox-unreadable', message: `The inbox or a file could not be opened: ${(error as Error).message}` };
    }
    if (!inbox) return { kind: 'refused', class: 'permanent', code: 'inbox-gone', message: 'The inbox does not exist any more.' };
    if ('kind' in files) return files;
    return inbox.channel.send(
      { to: attempt.to, said: attempt.said, files, replyTo: attempt.replyTo, humanAgent: attempt.humanAgent,
        reaction: attempt.reaction && { to: attempt.reaction.externalId, emoji: attempt.reaction.emoji }, change: attempt.change && { to: attempt.change.externalId, said: attempt.change.said }, clientReference: encodeId('msg', attempt.messageId) },
      { providers: this.deps.providers, webhookUrl: `${this.deps.reachedAt}/webhooks/${inbox.channel.slug}/${inbox.key}`, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS + patienceFor(files)) },
    );
  }

  async #record(tenantId: string, attempt: Attempt, outcome: SendOutcome): Promise<void> {
    // Unclear: the ledger already says so. The echo of the provider settles it, or the sweeper asks a person.
    if (outcome.kind === 'unclear') return;
    await this.#unit(tenantId, async (unit) => {
      if (outcome.kind === 'accepted' && attempt.reaction) return keepReaction(unit, { tenantId, inboxId: attempt.inboxId }, attempt.messageId, attempt.to, attempt.reaction);
      if (outcome.kind === 'accepted' && attempt.change) return keepChange(unit, { tenantId, inboxId: attempt.inboxId }, attempt.messageId, attempt.to, attempt.change);
      if (outcome.kind === 'accepted') await lockReports(unit, attempt.inboxId, outcome.externalId);
      else if (outcome.class === 'opt-out') await noteOptOut(unit, { tenantId, inboxId: attempt.inboxId }, attempt.to, 'PROVIDER');
      const message = await this.#lockMessage(unit, (attempt.reaction ?? attempt.change ?? attempt).messageId);
      if (outcome.kind === 'accepted') {
        await settle(unit, message, outcome.externalId, 'SENT');
        await this.deps.inboxes.noteUse(unit, attempt.inboxId, 'lastSentAt');
        return;
      }
      const refusal = `${outcome.class} ${outcome.code}: ${outcome.message}`.slice(0, 500);
      if (outcome.class === 'reauthorise') return waitForToken(unit, attempt, refusal);
      const again = RETRY_CLASSES[outcome.class] && retryDelay(outcome.class, attempt.attempts);
      if (again) {
        if (attempt.pace?.tooFast.has(outcome.code)) await slowDown(unit, { tenantId, inboxId: attempt.inboxId }, attempt.pace);
        await db(unit.tx).updateTable('Outbound').set({ state: 'RETRY', refusal, nextAttemptAt: new Date(unit.now.getTime() + again) })
          .where('messageId', '=', attempt.messageId).where('state', '=', 'ATTEMPTED').execute();
        return;
      }
      if (attempt.reaction) return refuseReaction(unit, attempt.messageId, attempt.reaction.messageId, refusal, ['ATTEMPTED']);
      if (attempt.change) return refuseChange(unit, attempt.messageId, attempt.change, refusal, ['ATTEMPTED']);
      await this.#fail(unit, message, refusal, { code: CODE_OF_CLASS[outcome.class] ?? outcome.code, title: outcome.message.slice(0, 500) }, ['ATTEMPTED']);
    });
  }

  /** What kept a message from being attempted at all: the window closed, or its customer opted out, since it was queued. */
  async #hinder(tenantId: string, { messageId, reactionTo, change, hindrance: { kind, code, message: title } }: Extract<Claim, { kind: 'hindered' }>): Promise<void> {
    const refusal = `${kind} ${code}: ${title}`;
    await this.#unit(tenantId, async (unit) => (change ? refuseChange(unit, messageId, change, refusal, ['INTENT', 'RETRY']) : reactionTo === null ? this.#fail(unit, await this.#lockMessage(unit, messageId), refusal, { code, title }, ['INTENT', 'RETRY'])
      : refuseReaction(unit, messageId, reactionTo, refusal, ['INTENT', 'RETRY'])));
  }

  async #fail(unit: UnitOfWork, message: SettledMessage, refusal: string, { code, title }: { code: string; title: string }, from: OutboundState[]): Promise<void> {
    const { numUpdatedRows } = await db(unit.tx).updateTable('Outbound').set({ state: 'REFUSED', refusal }).where('messageId', '=', message.id).where('state', 'in', from).executeTakeFirst();
    if (numUpdatedRows === 0n || message.status !== 'QUEUED') return;
    await db(unit.tx).updateTable('Message').set({ status: 'FAILED', errorCode: code, errorTitle: title }).where('id', '=', message.id).execute();
    // That a person answered in a bot's place is nothing to tell anybody of.
    await announce(unit, message, 'FAILED', code !== TAKEN_OVER.code);
  }

  /** An attempt whose outcome never became known: a person decides from here on. */
  async giveUp(tenantId: string, messageId: string): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const ledger = await db(unit.tx).selectFrom('Outbound').select(['reactionTo', 'amends']).where('messageId', '=', messageId).executeTakeFirst();
      if (ledger?.amends) return leaveChange(unit, messageId, ledger.amends);
      // A reaction that nobody knows of is not shown: staff see that, and react again.
      const message = ledger?.reactionTo ? null : await this.#lockMessage(unit, messageId);
      const moved = await db(unit.tx).updateTable('Outbound').set({ state: 'UNCONFIRMED' })
        .where('messageId', '=', messageId).where('state', '=', 'ATTEMPTED').executeTakeFirst();
      if (Number(moved.numUpdatedRows) === 0 || message?.status !== 'QUEUED') return false;
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
