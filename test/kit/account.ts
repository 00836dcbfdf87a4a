// What tests of accounts ask of identity alone: each mutation as a call, what it answered, and what it left in the tables.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { TestIdentity } from './identity.js';

export type Answer = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null; message: string; reason?: string }[] };

const INPUTS = {
  accountRegister: 'registered', accountEmailVerify: 'verified', accountEmailVerificationResend: 'accepted', accountEmailChange: 'accepted',
  accountEmailChangeConfirm: 'changed', passwordForgot: 'accepted', passwordReset: 'reset', passwordChange: 'sessionsEnded',
  profileUpdate: 'profile { displayName email locale timeZone }',
} as const;
export type AccountMutation = keyof typeof INPUTS;

export const STRONG = 'four words in a row';
export const OTHER = 'another four words here';

/** Tables that accounts write. */
const TABLES = ['account', 'account_registration', 'account_token', 'email_change', 'mail', 'membership', 'membership_role', 'organization', 'role', 'session'];

export class TestAccounts {
  private constructor(readonly identity: TestIdentity) {}

  static async boot(): Promise<TestAccounts> {
    return new TestAccounts(await TestIdentity.boot());
  }

  /** @throws at a top-level error */
  async call(mutation: AccountMutation, input: Record<string, unknown>, actor?: Actor): Promise<Answer> {
    const type = `${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Input`;
    const { data, errors } = await this.identity.subject.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { ${INPUTS[mutation]}
      userErrors { __typename code field message ... on PasswordUnacceptable { reason minimumLength } } } }`, { input }, actor);
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.[mutation] as Answer;
  }

  registration(changed: Record<string, unknown> = {}): Record<string, unknown> {
    return { email: 'luna@osteria.test', displayName: 'Luna', organizationName: 'Osteria Luna', ...changed };
  }

  async actor(email: string, tenant?: string, password?: string): Promise<Actor> {
    const { accessToken } = await this.identity.signIn(email, tenant && encodeId('tnt', tenant), password);
    return this.identity.actorOf(accessToken);
  }

  /** The secret of the newest mail to somebody. */
  async secret(to: string): Promise<string> {
    return (await this.identity.mails(to)).at(-1)?.token ?? '';
  }

  async signsIn(email: string, password: string, tenant?: string): Promise<boolean> {
    const { data } = await this.identity.login({ email, password, ...(tenant ? { tenantId: encodeId('tnt', tenant) } : {}) });
    const { session } = data?.['login'] as { session: unknown };
    return session !== null;
  }

  async alive({ session }: Actor): Promise<boolean> {
    return (await this.identity.port.session(session ?? '')).ok;
  }

  /** Everything accounts write, as one text: equal before and after a refusal. */
  async everything(): Promise<string> {
    const [row] = await this.identity.rows<{ all: string }>(`select concat_ws('|', ${TABLES.map((table) =>
      `(select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from identity.${table} t)`).join(', ')}) as all`);
    return row?.all ?? '';
  }

  /** How many statements a call sends. */
  async cost(work: () => Promise<unknown>): Promise<number> {
    const { database } = this.identity.subject.running;
    const began = database.statements;
    await work();
    return database.statements - began;
  }

  close(): Promise<void> {
    return this.identity.close();
  }
}
