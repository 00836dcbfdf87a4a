// Accounts at providers with their sealed secrets: opened for a call, and by the key in the address that a provider calls.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../../kernel/base/clock.js';
import { TenantKeyGone, type Envelope } from '../../kernel/crypto/envelope.js';
import type { Database, Tx } from '../../kernel/data/database.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { PaymentProvider } from './provider.port.js';
import { stripeProvider } from './stripe.provider.js';

const sealed = z.object({ secretKey: z.string(), webhookSecret: z.string().nullable(), previousWebhookSecret: z.string().optional() });
export type AccountSecrets = z.infer<typeof sealed>;

/** With its secrets opened, which only its provider holds: never leaves the process. */
export interface OpenAccount {
  tenantId: string;
  id: string;
  state: 'ACTIVE' | 'DISABLED';
  provider: PaymentProvider;
}

export class PaymentAccess {
  /** @param stripeUrl of a stand-in; absent: Stripe's own */
  constructor(private readonly database: Database, private readonly envelope: Envelope, private readonly clock: Clock, private readonly stripeUrl: string | undefined) {}

  /** The account a webhook address names; null: none, or its tenant is gone. */
  async byKey(key: string): Promise<OpenAccount | null> {
    if (!/^[a-z0-9]{26}$/.test(key)) return null;
    const { rows: [found] } = await this.database.inScope(platformScope, (tx) =>
      sql<{ tenant_id: string; id: string }>`select tenant_id, id from commerce.payment_account_by_key(${key})`.execute(tx.getKysely()), { readOnly: true });
    if (!found) return null;
    return this.database.inScope(tenantScope(found.tenant_id), (tx) => this.open(tx, found.tenant_id, found.id), { readOnly: true }).catch((error: unknown) => {
      // Its tenant is being erased: whoever delivers is told what they will be told from then on.
      if (error instanceof TenantKeyGone) return null;
      throw error;
    });
  }

  async open(tx: Tx, tenantId: string, id: string): Promise<OpenAccount | null> {
    const { rows: [row] } = await sql<{ state: OpenAccount['state']; until: Date | null }>`select state, secret_overlap_until as until from commerce.payment_account where id = ${id}::uuid`.execute(tx.getKysely());
    const secrets = row && await this.secrets(tx, tenantId, id);
    if (!secrets) return null;
    const { secretKey, webhookSecret, previousWebhookSecret: previous } = secrets;
    const former = row.until !== null && row.until > this.clock.now() && previous !== undefined ? [previous] : [];
    return { tenantId, id, state: row.state, provider: stripeProvider({ secretKey, webhookSecrets: [...(webhookSecret === null ? [] : [webhookSecret]), ...former], url: this.stripeUrl }) };
  }

  async secrets(tx: Tx, tenantId: string, id: string): Promise<AccountSecrets | null> {
    const { rows: [row] } = await sql<{ secrets: Buffer }>`select secrets from commerce.payment_account where id = ${id}::uuid`.execute(tx.getKysely());
    return row ? sealed.parse(JSON.parse(await this.envelope.open(tx, this.#address(tenantId, id), Buffer.from(row.secrets)))) : null;
  }

  seal(tx: Tx, tenantId: string, id: string, secrets: AccountSecrets): Promise<Buffer> {
    return this.envelope.seal(tx, this.#address(tenantId, id), JSON.stringify(secrets));
  }

  #address(tenantId: string, row: string) {
    return { tenantId, table: 'payment_account', column: 'secrets', row };
  }
}
