// The job that gets a customer's file from the provider. Killed at any point, it begins again; what it leaves meanwhile is no orphan.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { Logger } from '../../kernel/base/logger.js';
import type { Envelope } from '../../kernel/crypto/envelope.js';
import { isDatabaseAway } from '../../kernel/data/database.away.js';
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { StoragePort, StoredFile } from '../../kernel/storage/storage.js';
import { channelFor } from '../channel/channel.registry.js';
import type { Providers } from '../channel/providers.js';
import type { MediaAnswer, MediaKind } from '../channel/media.port.js';
import { MessageUpdated } from '../events.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { db } from '../tables.js';
import type { AttachmentCrashPoint } from './attachment.crash.js';
import { BEFORE, type RefusedReason } from './attachment.entity.js';
import { fileKey, filesOf } from './attachment.files.js';
import { Intake, IntakeRefused } from './attachment.intake.js';
import { LEASE_MS, LeaseLost, moveHeld, recordStored } from './attachment.lease.js';
import { LINK_KEY } from './attachment.link.js';
import { storedTypeOf } from './attachment.types.js';

/** Nothing has come for this long. */
const SILENCE_MS = 20_000;
/** For a file in all. */
const FETCH_MS = 600_000;
const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 6 * 3_600_000;
/** About a day and a half. */
const ATTEMPTS = 10;

export interface AttachmentFetchDeps {
  database: Database;
  unit: UnitOfWorkDeps;
  envelope: Envelope;
  inboxes: InboxService;
  storage: StoragePort;
  providers: Providers;
  fetch: typeof fetch;
  logger: Logger;
  crash: CrashPoint<AttachmentCrashPoint>;
}

interface Claim {
  id: string;
  tenantId: string;
  inboxId: string;
  kind: MediaKind | null;
  externalId: string | null;
  url: string | null;
  claimedType: string | null;
  claimedName: string | null;
  claimedSha256: string | null;
  attempts: number;
}

type Outcome = { kind: 'file'; key: string; file: StoredFile; type: string } | { kind: 'again'; message: string; patient: boolean } | { kind: 'never'; reason: RefusedReason; message: string };

export class AttachmentFetch {
  constructor(private readonly deps: AttachmentFetchDeps) {}

  /** @returns whether an attempt was made */
  async run(tenantId: string, id: string): Promise<boolean> {
    const claim = await this.#claim(tenantId, id);
    if (!claim) return false;
    this.deps.crash('media:claimed');
    try {
      // Of those who died before, at whatever point. Not of later ones: whoever wakes up late must not take away what they have written.
      for (let before = 1; before < claim.attempts; before += 1) await this.deps.storage.removeAll(filesOf(claim, before));
      await this.#end(claim, await this.#fetch(claim));
    } catch (error) {
      if (error instanceof LeaseLost) {
        await this.deps.storage.removeAll(filesOf(claim, claim.attempts));
        return true;
      }
      // While the database is away the lease ends by itself.
      if (!isDatabaseAway(error)) await this.#end(claim, { kind: 'again', message: (error as Error).message, patient: true });
      throw error;
    }
    return true;
  }

  #claim(tenantId: string, id: string): Promise<Claim | null> {
    return this.#unit({ tenantId, id }, async ({ tx, now }) => {
      const row = await db(tx).selectFrom('Attachment').select(['id', 'tenantId', 'inboxId', 'kind', 'externalId', 'url', 'claimedType', 'claimedName', 'claimedSha256', 'attempts'])
        .where('tenantId', '=', tenantId).where('id', '=', id).where('source', '=', 'CHANNEL').where('state', 'in', BEFORE.FETCHING).where('dueAt', '<=', now)
        .forUpdate().skipLocked().executeTakeFirst();
      if (!row) return null;
      const taken = { state: 'FETCHING', attempts: row.attempts + 1, dueAt: new Date(now.getTime() + LEASE_MS) } as const;
      await db(tx).updateTable('Attachment').set(taken).where('tenantId', '=', tenantId).where('id', '=', id).execute();
      return { ...row, attempts: taken.attempts };
    });
  }

  async #fetch(claim: Claim): Promise<Outcome> {
    const { tenantId, inboxId } = claim;
    const inbox = await this.deps.database.inScope(tenantScope(tenantId), (tx) => this.deps.inboxes.open(tx, tenantId, inboxId), { readOnly: true });
    if (!inbox) return { kind: 'never', reason: 'EXPIRED', message: 'The inbox does not exist any more.' };
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('Nothing more of the file came.')), SILENCE_MS);
    try {
      const signal = AbortSignal.any([silence.signal, AbortSignal.timeout(FETCH_MS)]);
      const reference = { externalId: claim.externalId, url: claim.url, mimeType: claim.claimedType, fileName: claim.claimedName, sha256: claim.claimedSha256 };
      const answer = await inbox.channel.fetchMedia(reference, { providers: this.deps.providers, fetch: this.deps.fetch, signal });
      return answer.kind === 'file' ? await this.#store(claim, inbox, answer, timer) : outcomeOf(answer);
    } finally {
      clearTimeout(timer);
      // What nobody reads on, a file that is too large, holds no connection.
      silence.abort(new Error('Nothing more of the file is read.'));
    }
  }

  async #store(claim: Claim, inbox: OpenInbox, { bytes, length }: Extract<MediaAnswer, { kind: 'file' }>, timer: NodeJS.Timeout): Promise<Outcome> {
    const most = channelFor(inbox.channel.name).media?.kinds[claim.kind ?? 'DOCUMENT'].most ?? 0;
    async function* watched(): AsyncGenerator<Uint8Array> {
      if (length !== null && length > most) throw new IntakeRefused('TOO_LARGE', `The file has ${length} bytes; ${most} are the most.`);
      for await (const chunk of bytes) {
        timer.refresh();
        yield chunk;
      }
    }
    const intake = new Intake(watched(), { most, progress: () => this.#renew(claim), complete: () => this.deps.crash('media:fetched') });
    const key = fileKey(claim, claim.attempts);
    let file: StoredFile;
    try {
      file = await this.deps.storage.put(key, intake.stream());
    } catch (error) {
      const cause = intake.broken?.error;
      if (cause === undefined || cause instanceof LeaseLost) throw error;
      if (cause instanceof IntakeRefused) return { kind: 'never', reason: cause.reason, message: cause.message };
      return { kind: 'again', message: `The file broke off: ${(cause as Error).message}`, patient: false };
    }
    this.deps.crash('media:written');
    if (claim.claimedSha256 === null || claim.claimedSha256 === file.sha256) return { kind: 'file', key, file, type: storedTypeOf(intake.type, claim.claimedType) };
    await this.deps.storage.remove(key);
    // On its way, perhaps: the last attempt is believed.
    const message = `The file has the SHA-256 ${file.sha256}, and not that which was told.`;
    return claim.attempts < 3 ? { kind: 'again', message, patient: false } : { kind: 'never', reason: 'CORRUPTED', message };
  }

  async #end(claim: Claim, outcome: Outcome): Promise<void> {
    if (outcome.kind !== 'file') this.deps.logger.warn({ attachmentId: claim.id, attempts: claim.attempts, outcome: outcome.message }, 'a file could not be fetched');
    await this.#unit(claim, async (unit) => {
      if (outcome.kind === 'file') {
        await recordStored(unit, claim, outcome, null);
        // Links of whoever reads are signed with it.
        await this.deps.envelope.derivedKey(unit.tx, claim.tenantId, LINK_KEY);
      } else if (outcome.kind === 'again' && (outcome.patient || claim.attempts < ATTEMPTS)) {
        await moveHeld(unit, claim, 'WAITING', { dueAt: new Date(unit.now.getTime() + delayAfter(claim.attempts)) });
        return;
      } else {
        const reason = outcome.kind === 'never' ? outcome.reason : 'UNREACHABLE';
        await moveHeld(unit, claim, 'REFUSED', { reason, dueAt: null });
        unit.audit({ action: 'attachment.store', type: 'DATA_WRITE', outcome: 'FAILURE', reason, resource: { type: 'Attachment', id: claim.id } });
      }
      await announce(unit, claim);
    });
    this.deps.crash('media:recorded');
  }

  async #renew(claim: Claim): Promise<void> {
    await this.#unit(claim, (unit) => moveHeld(unit, claim, 'FETCHING', { dueAt: new Date(unit.now.getTime() + LEASE_MS) }));
  }

  #unit<T>({ tenantId, id }: Pick<Claim, 'tenantId' | 'id'>, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `attachment-${id}` }, work);
  }
}

const outcomeOf = (answer: Extract<MediaAnswer, { kind: 'refused' }>): Outcome =>
  answer.again ? { kind: 'again', message: answer.message, patient: false } : { kind: 'never', reason: answer.reason, message: answer.message };

const delayAfter = (attempts: number): number => Math.min(FIRST_DELAY_MS * 4 ** (attempts - 1), LONGEST_DELAY_MS);

/** Whoever shows the message shows it anew. */
async function announce(unit: UnitOfWork, { tenantId, id }: Pick<Claim, 'tenantId' | 'id'>): Promise<void> {
  const message = await db(unit.tx).selectFrom('Attachment').innerJoin('Message', 'Message.id', 'Attachment.messageId').select(['Message.id as messageId', 'Message.conversationId as conversationId', 'Message.inboxId as inboxId'])
    .where('Attachment.tenantId', '=', tenantId).where('Attachment.id', '=', id).executeTakeFirst();
  if (message) unit.emit(MessageUpdated, message, { streamId: message.conversationId, groupId: message.inboxId });
}
