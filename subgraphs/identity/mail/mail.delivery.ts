// Sending queued mails: claim -> hand over -> record, each committed before the next. At least once, always under the same Message-ID.
import { systemActor } from '../../kernel/base/actor.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import { contentAddress, type MailContent } from './mail.service.js';
import type { MailOutcome, MailTransport, OutgoingMail } from './mail.transport.js';

/** Longer than an attempt takes: what is claimed and not recorded by then is tried again. */
export const LEASE_MS = 2 * 60_000;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 30 * 60_000;

export const retryDelay = (attempts: number): number => Math.min(FIRST_RETRY_MS * 4 ** (attempts - 1), LAST_RETRY_MS);

interface Claimed extends OutgoingMail {
  kind: string;
  attempts: number;
  expiresAt: Date;
}

export class MailDelivery {
  constructor(private readonly deps: SubgraphDeps, private readonly transport: MailTransport) {}

  /** @returns what became of it; null when it is not due: sent already, in other hands, or waiting for its next attempt */
  async deliver(home: string, id: string): Promise<MailOutcome['kind'] | null> {
    const mail = await this.#claim(home, id);
    if (!mail) return null;
    const useless = mail.expiresAt <= this.deps.clock.now();
    const outcome: MailOutcome = useless ? { kind: 'permanent', failure: 'EXPIRED' } : await this.transport.send(mail);
    await this.#record(home, mail, outcome);
    return outcome.kind;
  }

  /** Compare-and-set on the time of the next attempt: of two workers one claims, and a crash leaves it due again after the lease. */
  #claim(home: string, id: string): Promise<Claimed | null> {
    return this.deps.database.inScope(tenantScope(home), async (tx) => {
      const now = this.deps.clock.now();
      const claimed = await db(tx).updateTable('Mail')
        .set(({ eb, ref }) => ({ attempts: eb(ref('attempts'), '+', 1), nextAttemptAt: new Date(now.getTime() + LEASE_MS) }))
        .where('tenantId', '=', home).where('id', '=', id).where('state', '=', 'QUEUED').where('nextAttemptAt', '<=', now)
        .returning(['kind', 'sealed', 'attempts', 'expiresAt', 'createdAt']).executeTakeFirst();
      if (!claimed?.sealed) return null;
      const { sealed, ...rest } = claimed;
      const content = JSON.parse(await this.deps.envelope.open(tx, contentAddress(home, id), Buffer.from(sealed))) as MailContent;
      return { id, ...rest, ...content };
    });
  }

  async #record(home: string, { id, kind, attempts }: Claimed, outcome: MailOutcome): Promise<void> {
    const tenant = tenantOf(home);
    const origin = { actor: systemActor(tenant), correlationId: `mail-${id}` };
    const scope = tenant === null ? platformScope : tenantScope(tenant);
    await runUnit(this.deps.unit, scope, origin, async (unit) => {
      await enterHome(unit.tx, home, null);
      const { now } = unit;
      const settled = outcome.kind === 'again'
        ? { nextAttemptAt: new Date(now.getTime() + retryDelay(attempts)), failure: outcome.failure }
        : outcome.kind === 'sent'
          ? { state: 'SENT' as const, sealed: null, settledAt: now, failure: null }
          : { state: 'FAILED' as const, sealed: null, settledAt: now, failure: outcome.failure };
      // Only the claim that sent it records: whoever claimed after its lease knows better.
      const recorded = await db(unit.tx).updateTable('Mail').set(settled)
        .where('tenantId', '=', home).where('id', '=', id).where('state', '=', 'QUEUED').where('attempts', '=', attempts)
        .returning('id').executeTakeFirst();
      if (!recorded || outcome.kind !== 'permanent') return;
      unit.audit({
        action: 'mail.fail', type: 'API', outcome: 'FAILURE', reason: 'INTERNAL', resource: { type: 'Mail', id }, after: { kind, failure: outcome.failure },
      });
    });
    if (outcome.kind !== 'sent') this.deps.logger.warn({ mail: id, kind, failure: outcome.failure, outcome: outcome.kind, attempts }, 'a mail was not sent');
  }
}
