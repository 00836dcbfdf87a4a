// Unlocking by an administrator: what was counted against a colleague is forgotten at once.
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { invalidInput } from '../../kernel/base/errors.js';
import { enterHome, homeOf, tenantOf } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import type { AttemptService } from './attempt.service.js';

const USER_ID = ['input', 'userId'];

export class AccountUnlock {
  constructor(private readonly attempts: AttemptService) {}

  /** @throws Refusal InputInvalid for somebody who is not of the actor's tenant */
  async unlock(context: OperationContext, userId: string): Promise<number> {
    const id = inputId('user', userId, USER_ID);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'User', id } };
    const home = homeOf(context.actor);
    return context.mutate(async (unit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, context.actor.sub);
      const person = await db(unit.tx).selectFrom('Membership as m').innerJoin('Account as a', 'a.id', 'm.id').select('a.email')
        .where('m.tenantId', '=', home).where('m.id', '=', id).executeTakeFirst();
      if (!person) throw invalidInput('There is no such person in this tenant.', USER_ID);
      const cleared = await this.attempts.clear(unit.tx, [person.email, id]);
      audit.draft = { ...audit.draft, after: { countersCleared: cleared } };
      return cleared;
    });
  }
}
