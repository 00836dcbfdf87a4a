// A person's own profile: the name colleagues see in every tenant they belong to, and how they like to read.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { inHome, tenantOf } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import { presentHomesIn, type AccountService, type MailReader } from './account.service.js';
import { canonicalLocale, canonicalTimeZone } from '../../kernel/base/preferences.js';

export interface ProfileChanges {
  displayName?: string | null;
  locale?: string | null;
  timeZone?: string | null;
}

export class ProfileService {
  constructor(private readonly accounts: AccountService) {}

  /** What is absent stays; a null time zone means the tenant's. @throws Refusal InputInvalid */
  async update(context: OperationContext, { displayName, locale, timeZone }: ProfileChanges): Promise<MailReader | null> {
    const { userId } = context;
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
    const name = displayName?.trim();
    const changes = {
      ...(name === undefined ? {} : { displayName: name }),
      ...(locale === undefined || locale === null ? {} : { locale: canonicalLocale(locale, ['input', 'locale']) }),
      ...(timeZone === undefined ? {} : { timeZone: timeZone === null ? null : canonicalTimeZone(timeZone, ['input', 'timeZone']) }),
    };
    if (Object.keys(changes).length > 0) {
      await context.mutate(async (unit) => {
        const account = await db(unit.tx).selectFrom('Account').select(['displayName', 'locale', 'timeZone']).where('id', '=', userId).forNoKeyUpdate().executeTakeFirstOrThrow();
        await db(unit.tx).updateTable('Account').set(changes).where('id', '=', userId).execute();
        if (name !== undefined) {
          for (const home of await presentHomesIn(unit.tx, userId)) {
            const tenant = tenantOf(home);
            if (tenant !== unit.scope.tenant) unit.audit({ ...audit.draft, before: { displayName: account.displayName }, after: { displayName: name } }, tenant);
            await inHome(unit.tx, home, userId, () => db(unit.tx).updateTable('Membership').set({ displayName: name })
              .where('tenantId', '=', home).where('id', '=', userId).execute());
          }
        }
        audit.draft = { ...audit.draft, before: asFar(account, changes), after: changes };
      });
    }
    return this.accounts.readerOf({ id: userId });
  }
}

/** Of `before` what `changes` names. */
const asFar = <Row extends object>(before: Row, changes: Partial<Row>): Partial<Row> =>
  Object.fromEntries(Object.entries(before).filter(([name]) => name in changes)) as Partial<Row>;
