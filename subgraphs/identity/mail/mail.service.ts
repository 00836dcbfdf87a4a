// Queueing mails inside the change they tell of. Sending is a job's business: nothing leaves while a transaction is open.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { Envelope, FieldAddress } from '../../kernel/crypto/envelope.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { inHome } from '../platform.js';
import { db } from '../tables.js';
import { brandOf } from './mail.brand.js';
import { render, type MailTemplate, type RenderedMail } from './mail.template.js';

const DAY_MS = 24 * 60 * 60_000;

export interface NewMail<Params> {
  /** Whose mail it is: a tenant, or the platform's home for what concerns an account. */
  home: string;
  to: string;
  template: MailTemplate<Params>;
  /** BCP 47 tag of the reader. */
  locale: string;
  params: Params;
  /** When what it says is of no use any more; a day from now when absent. */
  expiresAt?: Date;
  /** Does the same work and keeps nothing, so that nobody can tell by the time it takes. */
  discard?: boolean;
}

/** What is sealed. */
export interface MailContent extends RenderedMail {
  to: string;
  /** The name it is from, where that is not the platform's. */
  sender?: string;
}

export const contentAddress = (home: string, id: string): FieldAddress => ({ tenantId: home, table: 'mail', column: 'sealed', row: id });

export class MailService {
  constructor(private readonly envelope: Envelope) {}

  /** Sent within about a second of the commit. The transaction sees afterwards what it saw before. */
  async queue<Params>(unit: UnitOfWork, { home, to, template, locale, params, expiresAt, discard = false }: NewMail<Params>): Promise<void> {
    const id = newId();
    await inHome(unit.tx, home, null, async () => {
      const brand = await brandOf(unit.tx, home);
      const content: MailContent = { to, ...render(template, locale, params, brand), ...(brand ? { sender: brand.name } : {}) };
      const sealed = await this.envelope.seal(unit.tx, contentAddress(home, id), JSON.stringify(content));
      const until = expiresAt ?? new Date(unit.now.getTime() + DAY_MS);
      await db(unit.tx).insertInto('Mail')
        .columns(['tenantId', 'id', 'kind', 'sealed', 'state', 'attempts', 'nextAttemptAt', 'expiresAt', 'createdAt'])
        .expression(sql`select ${home}::uuid, ${id}::uuid, ${template.kind}::text, ${sealed}::bytea, 'QUEUED', 0,
          ${unit.now}::timestamptz, ${until}::timestamptz, ${unit.now}::timestamptz where not ${discard}::boolean`).execute();
    });
  }
}
