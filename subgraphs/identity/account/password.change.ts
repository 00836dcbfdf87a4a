// Recovering and changing a password. Whatever proves it anew ends sessions everywhere, in the same transaction.
import { sql } from 'kysely';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AttemptService } from '../attempt/attempt.service.js';
import type { MailService } from '../mail/mail.service.js';
import { voidChallenges } from '../mfa/mfa.challenge.js';
import { hasFactor, type MfaFactors } from '../mfa/mfa.factors.js';
import type { MfaProof } from '../mfa/mfa.proof.js';
import type { OrganizationService } from '../organization/organization.service.js';
import { PLATFORM_TENANT_ID, inHome } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { endEverywhere, type EndedEverywhere } from '../session/session.end.js';
import { newSecret } from '../secret.js';
import { db } from '../tables.js';
import { linkTo } from './account.links.js';
import { PASSWORD_CHANGED, PASSWORD_RESET } from './account.mails.js';
import { tokenInvalid } from './account.refusals.js';
import { asNobody, type RegistrationService } from './account.registration.js';
import { lockAccount, normalEmail, type AccountService, type MailReader } from './account.service.js';
import { TOKEN_LIFETIME_MS, issueToken, tokenOwner, useToken, voidTokens } from './account.tokens.js';
import { hashPassword } from './password.js';
import { assertAcceptable } from './password.policy.js';

const RESET = ['PASSWORD_RESET'] as const;

export interface PasswordChangeDeps {
  deps: SubgraphDeps;
  accounts: AccountService;
  attempts: AttemptService;
  factors: MfaFactors;
  mails: MailService;
  organizations: OrganizationService;
  proof: MfaProof;
  registration: RegistrationService;
}

interface ChosenPassword {
  hash: string;
  /** For one that was accepted beside a second factor, if that is given up meanwhile. @throws Refusal PasswordUnacceptable */
  judgeAlone: (() => Promise<void>) | null;
}

export class PasswordChange {
  constructor(private readonly with_: PasswordChangeDeps) {}

  /**
   * Mails a link, if the address has an account. If it waits to be confirmed, that link is mailed again instead.
   * @throws Refusal InputInvalid, TooManyAttempts; never says whether the address has an account
   */
  async forgot(context: OperationContext, address: string): Promise<void> {
    const { accounts, attempts, registration, mails, deps } = this.with_;
    asNobody(context);
    const email = normalEmail(address);
    await attempts.reserve({ kind: 'PASSWORD_RESET', subject: email, ip: context.actor.ip });
    const account = await accounts.readerOf({ email });
    const audit = auditOf(context);
    await context.mutate(async (unit) => {
      const secret = await issueToken(unit, account?.id ?? null, 'PASSWORD_RESET');
      const again = await registration.renew(unit, email);
      if (account) audit.draft = { ...audit.draft, resource: { type: 'User', id: account.id } };
      if (again) return registration.mailAgain(unit, email, again);
      return mails.queue(unit, {
        home: PLATFORM_TENANT_ID, to: email, template: PASSWORD_RESET, locale: account?.locale ?? 'en', discard: secret === null,
        params: { url: linkTo(deps.config.publicUrl, 'reset-password', secret ?? newSecret().secret) },
        expiresAt: new Date(unit.now.getTime() + TOKEN_LIFETIME_MS),
      });
    });
  }

  /** Opens no session: a second factor is asked for at the next sign-in as ever. @throws Refusal TokenInvalid, PasswordUnacceptable */
  async reset(context: OperationContext, token: string, newPassword: string): Promise<void> {
    const { accounts, attempts, deps } = this.with_;
    asNobody(context);
    const userId = await deps.database.inScope(platformScope, (tx) => tokenOwner(tx, token, RESET, deps.clock.now()), { readOnly: true });
    const account = userId === null ? null : await accounts.readerOf({ id: userId });
    if (!account) throw tokenInvalid();
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'User', id: account.id } };
    const chosen = await this.#chosen(account, newPassword);
    await context.mutate(async (unit) => {
      await lockAccount(unit.tx, account.id);
      if (!await useToken(unit, token, RESET)) throw tokenInvalid();
      const ended = await this.#store(unit, account, chosen, { action: 'account.password_reset', except: null });
      audit.draft = { ...audit.draft, after: { sessionsEnded: ended.all } };
      // The mailbox proves the person: who guessed at the password no longer locks them out. Codes of the second factor stay counted.
      await attempts.clear(unit.tx, [account.email]);
    });
  }

  /** @returns how many other sessions ended. @throws Refusal InvalidCredentials, TooManyAttempts, PasswordUnacceptable */
  async change(context: OperationContext, currentPassword: string, newPassword: string): Promise<number> {
    const { accounts, proof } = this.with_;
    const { userId, actor } = context;
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
    const account = await accounts.readerOf({ id: userId });
    if (!account) throw new Error('The account of a session is gone.');
    let chosen: ChosenPassword | null = null;
    return proof.byPassword(context, {
      password: currentPassword, field: ['input', 'currentPassword'],
      before: async () => { chosen = await this.#chosen(account, newPassword); },
    }, async (unit) => {
      if (!chosen) throw new Error('The new password was not judged.');
      const ended = await this.#store(unit, account, chosen, { action: 'account.password_change', except: actor.session });
      audit.draft = { ...audit.draft, after: { sessionsEnded: ended.here } };
      return ended.all;
    });
  }

  /** @throws Refusal PasswordUnacceptable */
  async #chosen({ id, email, displayName }: MailReader, password: string): Promise<ChosenPassword> {
    const { enabled } = await this.with_.factors.standing(id);
    const organizations = (await this.with_.organizations.of(id)).flatMap(({ name }) => (name === null ? [] : [name]));
    const known = [email, displayName, ...organizations];
    const judge = (secondFactor: boolean) => assertAcceptable(password, { secondFactor, known }, ['input', 'newPassword']);
    await judge(enabled);
    return { hash: await hashPassword(password), judgeAlone: enabled ? () => judge(false) : null };
  }

  /** Inside a change that holds the account: a sign-in under way with the old password waits for it or is ended by it. */
  async #store(unit: UnitOfWork, account: MailReader, chosen: ChosenPassword, { action, except }: { action: string; except: string | null }): Promise<EndedEverywhere> {
    const { mails, deps } = this.with_;
    const { id: userId, email, locale } = account;
    const { hash: passwordHash, judgeAlone } = chosen;
    if (judgeAlone && !await inHome(unit.tx, PLATFORM_TENANT_ID, userId, () => hasFactor(unit.tx, userId))) await judgeAlone();
    await db(unit.tx).updateTable('Account').set({ passwordHash, passwordChangedAt: sql<Date>`clock_timestamp()` }).where('id', '=', userId).execute();
    await voidTokens(unit, userId);
    await inHome(unit.tx, PLATFORM_TENANT_ID, userId, () => voidChallenges(unit.tx, userId));
    const ended = await endEverywhere(unit, { userId, reason: 'PASSWORD_CHANGED', except }, { action, type: 'SECURITY' });
    await mails.queue(unit, {
      home: PLATFORM_TENANT_ID, to: email, template: PASSWORD_CHANGED, locale, params: { url: linkTo(deps.config.publicUrl, 'forgot-password') },
    });
    return ended;
  }
}
