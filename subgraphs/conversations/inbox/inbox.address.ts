// An inbox that was made before addresses were kept: its own is read from what it has sealed, and is its if the provider says so.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { Logger } from '../../kernel/base/logger.js';
import { TenantKeyGone } from '../../kernel/crypto/envelope.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import type { Providers } from '../channel/providers.js';
import { db } from '../tables.js';
import { askedOf } from './inbox.check.js';
import { addressOf } from './inbox.parts.js';
import type { InboxService } from './inbox.service.js';

/** A provider that could not be asked, or whoever died of it, is followed by another try after this. */
const AGAIN_MS = 3_600_000;

export class InboxAddresses {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly inboxes: InboxService, private readonly providers: Providers, private readonly logger: Logger) {}

  /** Each is settled once, also where there is nothing to be had. @returns whether it has its address now, and had not before */
  async note(tenantId: string, inboxId: string): Promise<boolean> {
    const channel = await this.#take(tenantId, inboxId);
    const credentials = channel && await this.#credentials(tenantId, inboxId);
    if (!credentials) return false;
    const address = addressOf(channel, credentials);
    if (address === null) return this.#without(tenantId, inboxId, 'unreadable');
    // Whoever has a token of an address is entitled to it, and nobody else.
    const outcome = await askedOf(channelFor(channel).open(credentials), this.providers);
    if (outcome?.kind === 'refused' && outcome.class !== 'retry' && outcome.class !== 'later') return this.#without(tenantId, inboxId, outcome.code);
    if (outcome !== null && outcome.kind !== 'passed') return false;
    try {
      return await this.#claim(tenantId, inboxId, address);
    } catch (error) {
      const { code, constraint } = error as { code?: string; constraint?: string };
      if (code !== '23505' || constraint !== 'inbox_address') throw error;
      return this.#without(tenantId, inboxId, 'NAME_TAKEN');
    }
  }

  /** Committed before anybody is asked: of two one goes on, and a kill is followed by another try. */
  #take(tenantId: string, inboxId: string): Promise<ChannelName | null> {
    return this.#unit(tenantId, inboxId, async (unit) => {
      const { rows: [row] } = await sql<{ channel: ChannelName }>`update conversations.inbox set address_due_at = ${new Date(unit.now.getTime() + AGAIN_MS)}
        where id = ${inboxId}::uuid and address_due_at <= ${unit.now} and external_id is null and state <> 'DELETED' returning channel`.execute(unit.tx.getKysely());
      return row?.channel ?? null;
    });
  }

  async #credentials(tenantId: string, inboxId: string): Promise<Record<string, unknown> | null> {
    try {
      const sealed = await this.unit.database.inScope(tenantScope(tenantId), (tx) => this.inboxes.credentials(tx, tenantId, inboxId), { readOnly: true });
      const { previous: _, ...present } = sealed ?? {};
      return sealed && present;
    } catch (error) {
      // Its tenant is being erased.
      if (error instanceof TenantKeyGone) return null;
      throw error;
    }
  }

  #claim(tenantId: string, inboxId: string, address: string): Promise<boolean> {
    return this.#unit(tenantId, inboxId, async (unit) => {
      const claimed = await db(unit.tx).updateTable('Inbox').set({ externalId: address }).where('id', '=', inboxId).where('externalId', 'is', null).where('state', '<>', 'DELETED').executeTakeFirst();
      if (claimed.numUpdatedRows === 0n) return false;
      await settled(unit, inboxId);
      unit.audit({ action: 'inbox.note_address', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Inbox', id: inboxId } });
      return true;
    });
  }

  /** It stays as it was: what is delivered to its own webhook address comes, and another inbox may have, or get, what it is called at the provider. */
  async #without(tenantId: string, inboxId: string, code: string): Promise<false> {
    this.logger.warn({ inboxId, code }, 'an inbox of before has no address at its provider');
    await this.#unit(tenantId, inboxId, async (unit) => {
      await settled(unit, inboxId);
      unit.audit({ action: 'inbox.note_address', type: 'DATA_WRITE', outcome: 'FAILURE', resource: { type: 'Inbox', id: inboxId }, after: { code } });
    });
    return false;
  }

  #unit<T>(tenantId: string, inboxId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `address-${inboxId}` }, work);
  }
}

const settled = ({ tx }: UnitOfWork, inboxId: string): Promise<unknown> => sql`update conversations.inbox set address_due_at = null where id = ${inboxId}::uuid`.execute(tx.getKysely());
