// Unlocking by an administrator: what was counted against a colleague is forgotten at once, but for codes of the second factor.
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { invalidInput } from '../../kernel/base/errors.js';
import type { RightsService } from '../role/role.rights.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import { notOneself } from '../user/user.refusals.js';
import type { AttemptService } from './attempt.service.js';

const USER_ID = ['input', 'userId'];

export class AccountUnlock {
  constructor(private readonly attempts: AttemptService, private readonly rights: RightsService) {}

  /**
   * Whoever unlocks lets others guess on: not at themselves, nor at who may do more than they.
   * @throws Refusal InputInvalid for somebody who is no active member of the actor's tenant, UserIsYourself, GrantRefused
   */
  async unlock(context: OperationContext, userId: string): Promise<number> {
    const id = inputId('user', userId, USER_ID);
    const { draft } = auditOf(context);
    auditOf(context).draft = { ...draft, severity: 'WARNING', resource: { type: 'User', id } };
    return this.rights.change(context, async ({ unit, audit, home, held, userId: asking }) => {
      const person = await db(unit.tx).selectFrom('Membership as m').innerJoin('Account as a', 'a.id', 'm.id').select('a.email')
        .where('m.tenantId', '=', home).where('m.id', '=', id).where('m.status', '=', 'ACTIVE').executeTakeFirst();
      if (!person) throw invalidInput('There is no such person in this tenant.', USER_ID);
      if (id === asking) throw notOneself();
      this.rights.within(held, await this.rights.of(unit, home, id), USER_ID);
      const cleared = await this.attempts.clear(unit.tx, [person.email, id]);
      audit.draft = { ...audit.draft, after: { countersCleared: cleared } };
      return cleared;
    });
  }
}
