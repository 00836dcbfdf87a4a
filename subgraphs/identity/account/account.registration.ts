// Registering: a registration becomes an account with a tenant of its own once whoever reads its mailbox confirms it and chooses the password.
// Addresses with an account cost the same.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AttemptService } from '../attempt/attempt.service.js';
import type { MailService } from '../mail/mail.service.js';
import type { MembershipService } from '../membership/membership.service.js';
import type { OrganizationService } from '../organization/organization.service.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { newSecret, secretHash } from '../secret.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import { linkTo } from './account.links.js';
import { ALREADY_REGISTERED, VERIFY_EMAIL } from './account.mails.js';
import { tokenInvalid } from './account.refusals.js';
import { normalEmail, type AccountService } from './account.service.js';
import { MAILS_AN_HOUR } from './account.tokens.js';
import { hashPassword } from './password.js';
import { assertAcceptable } from './password.policy.js';
import { canonicalCurrency, canonicalLocale, canonicalTimeZone } from '../../kernel/base/preferences.js';

const HOUR_MS = 60 * 60_000;
export const REGISTRATION_LIFETIME_MS = 24 * HOUR_MS;

export interface NewRegistration {
  email: string;
  displayName: string;
  organizationName: string;
  locale?: string | null;
  timeZone?: string | null;
  currency?: string | null;
}

export class RegistrationService {
  constructor(
    private readonly deps: SubgraphDeps, private readonly accounts: AccountService, private readonly memberships: MembershipService,
    private readonly organizations: OrganizationService, private readonly mails: MailService, private readonly attempts: AttemptService,
  ) {}

  /** @throws Refusal InputInvalid, TooManyAttempts; never says whether the address has an account */
  async register(context: OperationContext, input: NewRegistration): Promise<void> {
    asNobody(context);
    const email = normalEmail(input.email);
    const [displayName, organizationName] = [input.displayName.trim(), input.organizationName.trim()];
    const locale = canonicalLocale(input.locale ?? 'en', ['input', 'locale']);
    const timeZone = canonicalTimeZone(input.timeZone ?? 'UTC', ['input', 'timeZone']);
    const currency = canonicalCurrency(input.currency ?? 'USD', ['input', 'currency']);
    await this.attempts.reserve({ kind: 'REGISTRATION', subject: email, ip: context.actor.ip });
    const account = await this.accounts.readerOf({ email });
    const { secret, hash } = newSecret();
    await context.mutate(async (unit) => {
      const expiresAt = new Date(unit.now.getTime() + REGISTRATION_LIFETIME_MS);
      // Locked by address, so that asking many times at once counts as many times.
      await sql`select pg_advisory_xact_lock(hashtextextended(${email}, 0))`.execute(unit.tx.getKysely());
      const { rows } = await sql`
        insert into identity.account_registration (id, email, display_name, organization_name, locale, time_zone, currency,
          token_hash, mails, created_at, expires_at)
        select ${newId()}::uuid, ${email}, ${displayName}, ${organizationName}, ${locale}, ${timeZone}, ${currency},
          ${hash}, 1, ${unit.now}::timestamptz, ${expiresAt}::timestamptz
        where (select coalesce(sum(mails), 0) from identity.account_registration
          where email = ${email} and created_at > ${new Date(unit.now.getTime() - HOUR_MS)}::timestamptz) < ${MAILS_AN_HOUR}
        returning id`.execute(unit.tx.getKysely());
      const discard = rows.length === 0;
      const { publicUrl } = this.deps.config;
      const mail = { home: PLATFORM_TENANT_ID, to: email, expiresAt, discard };
      await (account
        ? this.mails.queue(unit, { ...mail, template: ALREADY_REGISTERED, locale: account.locale, params: { url: linkTo(publicUrl, 'forgot-password') } })
        : this.mails.queue(unit, {
          ...mail, template: VERIFY_EMAIL, locale, params: { url: linkTo(publicUrl, 'verify-email', secret) },
        }));
    });
  }

  /**
   * Makes the account, its tenant and its ownership. The password comes with the link and not with the registration: whoever
   * registers the address of somebody else must not know what the account opens with.
   * @throws Refusal TokenInvalid, PasswordUnacceptable, after which the link still works
   */
  async confirm(context: OperationContext, token: string, password: string): Promise<void> {
    asNobody(context);
    const tokenHash = secretHash(token);
    const known = await this.deps.database.inScope(platformScope, (tx) => db(tx).selectFrom('AccountRegistration')
      .select(['id', 'email', 'displayName', 'organizationName'])
      .where('tokenHash', '=', tokenHash).where('expiresAt', '>', this.deps.clock.now()).executeTakeFirst(), { readOnly: true });
    if (!known) throw tokenInvalid();
    await assertAcceptable(password, { secondFactor: false, known: [known.email, known.displayName, known.organizationName] }, ['input', 'password']);
    const passwordHash = await hashPassword(password);
    const tenantId = known.id;
    const userId = newId();
    const audit = auditOf(context);
    audit.scope = { tenant: tenantId, user: userId };
    await context.mutate(async (unit) => {
      // All of the address, in one order: two that are confirmed at once would each hold what the other is to delete.
      await db(unit.tx).selectFrom('AccountRegistration').select('id').where('email', '=', known.email).orderBy('id').forUpdate().execute();
      // Who deletes it uses it: a second click, or another registration of the address confirmed first, finds nothing.
      const taken = await db(unit.tx).deleteFrom('AccountRegistration').where('tokenHash', '=', tokenHash).where('expiresAt', '>', unit.now)
        .returningAll().executeTakeFirst();
      if (!taken) throw tokenInvalid();
      const { email, displayName, organizationName, locale, timeZone, currency } = taken;
      const created = await db(unit.tx).insertInto('Account')
        .values({ id: userId, email, passwordHash, displayName, locale, timeZone: null, passwordChangedAt: null, createdAt: unit.now })
        .onConflict((conflict) => conflict.column('email').doNothing()).returning('id').executeTakeFirst();
      if (!created) throw tokenInvalid();
      await db(unit.tx).deleteFrom('AccountRegistration').where('email', '=', email).execute();
      await this.memberships.admitIn(unit, tenantId, [{ userId, email, displayName, role: 'OWNER' }]);
      await this.organizations.register(unit, tenantId, organizationName, { locale, timeZone, currency });
      audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
    });
  }

  /** Mails the newest registration of an address again, if there is one. @throws Refusal TooManyAttempts */
  async resend(context: OperationContext, email: string): Promise<void> {
    asNobody(context);
    await this.attempts.reserve({ kind: 'REGISTRATION', subject: normalEmail(email), ip: context.actor.ip });
    await context.mutate(async (unit) => {
      const again = await this.renew(unit, normalEmail(email));
      await this.mailAgain(unit, normalEmail(email), again);
    });
  }

  /** A new secret for the newest registration of an address that has no account; null when there is none, or it had its share of mails. */
  async renew(unit: UnitOfWork, email: string): Promise<Renewed | null> {
    const { secret, hash } = newSecret();
    const { rows: [renewed] } = await sql<Omit<Renewed, 'secret'>>`
      update identity.account_registration set token_hash = ${hash}, mails = mails + 1
      where id = (select id from identity.account_registration where email = ${email} and expires_at > ${unit.now}::timestamptz
          and not exists (select from identity.account where email = ${email}) order by created_at desc limit 1)
        and mails < ${MAILS_AN_HOUR}
      returning locale, expires_at as "expiresAt"`.execute(unit.tx.getKysely());
    return renewed ? { ...renewed, secret } : null;
  }

  /** Does the same work and mails nothing for null. */
  async mailAgain(unit: UnitOfWork, email: string, again: Renewed | null): Promise<void> {
    const { secret = newSecret().secret, locale = 'en', expiresAt = unit.now } = again ?? {};
    await this.mails.queue(unit, {
      home: PLATFORM_TENANT_ID, to: email, template: VERIFY_EMAIL, locale, expiresAt, discard: again === null,
      params: { url: linkTo(this.deps.config.publicUrl, 'verify-email', secret) },
    });
  }
}

interface Renewed {
  secret: string;
  locale: string;
  expiresAt: Date;
}

/** These are asked of the platform, whoever is signed in: the event is the same for known and unknown addresses. */
export function asNobody(context: OperationContext): void {
  const audit = auditOf(context);
  audit.scope = platformScope;
  audit.actor = { ...context.actor, kind: 'anonymous', sub: null, apiKey: null, tenant: null, session: null };
}
