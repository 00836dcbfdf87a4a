// What calls to a stranger's program are signed with: sealed at rest, given way to by a new one with an overlap.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Tx } from '../data/database.js';
import type { Envelope } from './envelope.js';
import { webhookSecret } from './standard-webhooks.js';

const sealed = z.object({ secret: webhookSecret, previous: webhookSecret.optional() });

export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export interface SecretHolder {
  id: string;
  secrets: Uint8Array;
  secretOverlapUntil: Date | null;
}

export class WebhookSecrets {
  /** @param table whose column `secrets` holds them */
  constructor(private readonly envelope: Envelope, private readonly table: string) {}

  seal(tx: Tx, tenantId: string, id: string, secret: string, previous?: string): Promise<Buffer> {
    return this.envelope.seal(tx, this.#address(tenantId, id), JSON.stringify({ secret, ...(previous === undefined ? {} : { previous }) }));
  }

  /** The one that holds first, then the one before as long as it does. */
  async open(tx: Tx, tenantId: string, { id, secrets, secretOverlapUntil }: SecretHolder, now: Date): Promise<[string, ...string[]]> {
    const { secret, previous } = sealed.parse(JSON.parse(await this.envelope.open(tx, this.#address(tenantId, id), Buffer.from(secrets))));
    return previous !== undefined && secretOverlapUntil !== null && secretOverlapUntil > now ? [secret, previous] : [secret];
  }

  #address(tenantId: string, row: string) {
    return { tenantId, table: this.table, column: 'secrets', row };
  }
}
