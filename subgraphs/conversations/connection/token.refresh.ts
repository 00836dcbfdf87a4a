// Tokens that end are exchanged for longer ones ten days before. One that cannot be is told to who manages inboxes, once.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { askForManagers } from '../attention/attention.inbox.js';
import type { Providers } from '../channel/providers.js';
import { lengthenToken, type GrantedToken } from '../channel/meta.connect.js';
import type { ProviderFault } from '../channel/provider.ask.js';
import type { InboxService } from '../inbox/inbox.service.js';
import { disableForToken } from '../inbox/inbox.standing.js';
import { TOKEN_WARNING_MS } from '../integration/integration.problems.js';
import { db } from '../tables.js';
import type { ConnectionCrashPoint } from './connection.crash.js';

/** A token that could not be exchanged is tried again after this. */
export const AGAIN_HOURS = 6;
const TIMEOUT_MS = 10_000;

export class TokenRefresh {
  constructor(private readonly deps: SubgraphDeps, private readonly inboxes: InboxService, private readonly providers: Providers, private readonly crash: CrashPoint<ConnectionCrashPoint>) {}

  /** @returns whether the token was exchanged; false when it is not its time, or somebody else is at it */
  async refresh(tenantId: string, inboxId: string): Promise<boolean> {
    const taken = await this.#unit(tenantId, inboxId, async (unit) => {
      const { now } = unit;
      const row = await db(unit.tx).updateTable('Inbox').set({ tokenTriedAt: now }).where('id', '=', inboxId).where('state', '=', 'ACTIVE')
        .where('tokenExpiresAt', '<', new Date(now.getTime() + TOKEN_WARNING_MS))
        .where((eb) => eb.or([eb('tokenTriedAt', 'is', null), eb('tokenTriedAt', '<', new Date(now.getTime() - AGAIN_HOURS * 3_600_000))])).returning('id').executeTakeFirst();
      return row ? { askedAt: now, credentials: await this.inboxes.credentials(unit.tx, tenantId, inboxId) } : null;
    });
    const present = taken?.credentials?.['accessToken'];
    if (!taken || typeof present !== 'string') return false;
    const answer = await this.#ask(present);
    if (answer.kind !== 'answer') return this.#unit(tenantId, inboxId, (unit) => this.#warn(unit, { tenantId, inboxId, askedAt: taken.askedAt, fault: answer }));
    this.crash('token:exchanged');
    const kept = await this.#unit(tenantId, inboxId, (unit) => this.#keep(unit, { tenantId, inboxId, present, granted: answer.value }));
    this.crash('token:kept');
    return kept;
  }

  async #ask(present: string): Promise<{ kind: 'answer'; value: GrantedToken } | ProviderFault> {
    const app = this.deps.config.metaApp;
    if (!app) return { kind: 'unreachable', code: 'no-app', message: 'This installation has no app at Meta any more.' };
    return lengthenToken(app, present, { providers: this.providers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  /** Unless somebody has given the inbox another one meanwhile. */
  async #keep(unit: UnitOfWork, { tenantId, inboxId, present, granted }: { tenantId: string; inboxId: string; present: string; granted: GrantedToken }): Promise<boolean> {
    const held = await db(unit.tx).selectFrom('Inbox').select('id').where('id', '=', inboxId).where('state', '<>', 'DELETED').forNoKeyUpdate().executeTakeFirst();
    const sealed = held ? await this.inboxes.credentials(unit.tx, tenantId, inboxId) : null;
    if (sealed?.['accessToken'] !== present) return false;
    const expiresAt = granted.lasts === null ? null : new Date(unit.now.getTime() + granted.lasts * 1000);
    await db(unit.tx).updateTable('Inbox').set({
      credentials: await this.inboxes.seal(unit.tx, tenantId, inboxId, { ...sealed, accessToken: granted.token }), tokenExpiresAt: expiresAt, tokenWarnedAt: null, authorisedAt: unit.now,
    }).where('id', '=', inboxId).execute();
    unit.audit({ action: 'inbox.refresh_token', type: 'API', outcome: 'SUCCESS', resource: { type: 'Inbox', id: inboxId }, after: { expiresAt } });
    return true;
  }

  async #warn(unit: UnitOfWork, { tenantId, inboxId, askedAt, fault }: { tenantId: string; inboxId: string; askedAt: Date; fault: ProviderFault }): Promise<boolean> {
    unit.audit({ action: 'inbox.refresh_token', type: 'API', outcome: 'FAILURE', resource: { type: 'Inbox', id: inboxId }, after: { code: fault.code } });
    if (fault.kind === 'refused' && fault.class === 'reauthorise') {
      await disableForToken(unit, inboxId, `${fault.class} ${fault.code}: ${fault.message}`, askedAt);
      return false;
    }
    const due = await db(unit.tx).updateTable('Inbox').set({ tokenWarnedAt: unit.now }).where('id', '=', inboxId).where('tokenWarnedAt', 'is', null).where('tokenExpiresAt', 'is not', null)
      .returning(['name', 'tokenExpiresAt']).executeTakeFirst();
    if (due?.tokenExpiresAt) {
      await askForManagers(unit, { kind: 'INBOX_TOKEN_EXPIRING', tenantId, inboxId, name: due.name, dedupeKey: `${encodeId('inb', inboxId)}/TOKEN/${due.tokenExpiresAt.toISOString()}` });
    }
    return false;
  }

  #unit<T>(tenantId: string, inboxId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `token-${inboxId}` }, work);
  }
}
