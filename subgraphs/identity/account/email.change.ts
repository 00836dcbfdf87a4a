// Changing the address of an account: confirmed at the old and at the new one, in either order, and only then changed everywhere.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { MailService } from '../mail/mail.service.js';
import type { MfaProof } from '../mfa/mfa.proof.js';
import { PLATFORM_TENANT_ID, inHome } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { endEverywhere } from '../session/session.end.js';
import { db } from '../tables.js';
import { linkTo } from './account.links.js';
import { CONFIRM_NEW_EMAIL, CONFIRM_OLD_EMAIL, EMAIL_CHANGED, EMAIL_TAKEN } from './account.mails.js';
import { mailLimitReached, tokenInvalid } from './account.refusals.js';
import { asNobody } from './account.registration.js';
import { homesIn, lockAccount, normalEmail, type AccountService, type MailReader } from './account.service.js';
import { TOKEN_LIFETIME_MS, issueToken, tokenOwner, useToken, voidTokens } from './account.tokens.js';

const CONFIRMATIONS = ['EMAIL_CHANGE_OLD', 'EMAIL_CHANGE_NEW'] as const;

export class AccountEmailChange {
  constructor(
    private readonly deps: SubgraphDeps, private readonly accounts: AccountService, private readonly proof: MfaProof, private readonly mails: MailService,
  ) {}

  /**
   * Mails a link to either address. Another account's address costs the same, and its owner is told.
   * @throws Refusal InvalidCredentials, TooManyAttempts, InputInvalid, MailLimitReached
   */
  async request(context: OperationContext, address: string, password: string): Promise<void> {
    const { userId, actor } = context;
    const newEmail = normalEmail(address);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
    const account = await this.accounts.readerOf({ id: userId });
    if (!account) throw new Error('The account of a session is gone.');
    if (account.email === newEmail) throw invalidInput('This is the address already.', ['input', 'newEmail']);
    const owner = await this.accounts.readerOf({ email: newEmail });
    await this.proof.byPassword(context, { password }, async (unit) => {
      const old = await issueToken(unit, userId, 'EMAIL_CHANGE_OLD');
      const fresh = await issueToken(unit, userId, 'EMAIL_CHANGE_NEW');
      if (old === null || fresh === null) throw mailLimitReached();
      const change = { newEmail, sessionId: actor.session, oldConfirmedAt: null, newConfirmedAt: null, createdAt: unit.now };
      await db(unit.tx).insertInto('EmailChange').values({ accountId: userId, ...change })
        .onConflict((conflict) => conflict.column('accountId').doUpdateSet(change)).execute();
      await this.#mail(unit, account, { newEmail, owner, old, fresh });
    });
  }

  async #mail(unit: UnitOfWork, account: MailReader, { newEmail, owner, old, fresh }: { newEmail: string; owner: MailReader | null; old: string; fresh: string }): Promise<void> {
    const { publicUrl } = this.deps.config;
    const mail = { home: PLATFORM_TENANT_ID, locale: account.locale, expiresAt: new Date(unit.now.getTime() + TOKEN_LIFETIME_MS) };
    await this.mails.queue(unit, {
      ...mail, to: account.email, template: CONFIRM_OLD_EMAIL, params: { url: linkTo(publicUrl, 'confirm-email', old), newEmail },
    });
    await (owner
      ? this.mails.queue(unit, { ...mail, to: newEmail, template: EMAIL_TAKEN, locale: owner.locale, params: {} })
      : this.mails.queue(unit, { ...mail, to: newEmail, template: CONFIRM_NEW_EMAIL, params: { url: linkTo(publicUrl, 'confirm-email', fresh) } }));
  }

  /** @returns whether the address changed; false: it waits for the other confirmation. @throws Refusal TokenInvalid */
  async confirm(context: OperationContext, token: string): Promise<boolean> {
    asNobody(context);
    const { database, clock } = this.deps;
    const userId = await database.inScope(platformScope, (tx) => tokenOwner(tx, token, CONFIRMATIONS, clock.now()), { readOnly: true });
    const account = userId === null ? null : await this.accounts.readerOf({ id: userId });
    if (!account) throw tokenInvalid();
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'User', id: account.id } };
    return context.mutate(async (unit) => {
      // Of two confirmations at once the second sees what the first has left.
      await lockAccount(unit.tx, account.id);
      const purpose = await useToken(unit, token, CONFIRMATIONS);
      if (!purpose) throw tokenInvalid();
      const change = await db(unit.tx).updateTable('EmailChange')
        .set(purpose === 'EMAIL_CHANGE_OLD' ? { oldConfirmedAt: unit.now } : { newConfirmedAt: unit.now })
        .where('accountId', '=', account.id).returningAll().executeTakeFirst();
      if (!change) throw tokenInvalid();
      const changed = change.oldConfirmedAt !== null && change.newConfirmedAt !== null;
      const sessionsEnded = changed ? await this.#apply(unit, account, change.newEmail, change.sessionId) : 0;
      audit.draft = {
        ...audit.draft, ...(changed ? { before: { email: account.email } } : {}),
        after: { changed, sessionsEnded, ...(changed ? { email: change.newEmail } : {}) },
      };
      return changed;
    });
  }

  /** @throws Refusal TokenInvalid when the address got an account meanwhile */
  async #apply(unit: UnitOfWork, account: MailReader, newEmail: string, sessionId: string | null): Promise<number> {
    const { id: userId, email, locale } = account;
    if (!await rename(unit, userId, newEmail)) throw tokenInvalid();
    for (const home of await homesIn(unit.tx, userId)) {
      await inHome(unit.tx, home, userId, () => db(unit.tx).updateTable('Membership').set({ email: newEmail })
        .where('tenantId', '=', home).where('id', '=', userId).where('email', '=', email).execute());
    }
    await voidTokens(unit, userId);
    const ended = await endEverywhere(unit, { userId, reason: 'EMAIL_CHANGED', except: sessionId }, { action: 'account.email_change', type: 'SECURITY' });
    await this.mails.queue(unit, { home: PLATFORM_TENANT_ID, to: email, template: EMAIL_CHANGED, locale, params: { newEmail } });
    return ended.all;
  }
}

/** The unique index decides; a savepoint keeps the transaction usable when it decides against. */
async function rename({ tx }: UnitOfWork, userId: string, email: string): Promise<boolean> {
  const kysely = tx.getKysely();
  await sql`savepoint rename`.execute(kysely);
  try {
    await db(tx).updateTable('Account').set({ email }).where('id', '=', userId).execute();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    await sql`rollback to savepoint rename`.execute(kysely);
    return false;
  }
}
