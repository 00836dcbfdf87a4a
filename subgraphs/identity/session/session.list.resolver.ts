// The list of signed-in devices, and ending them.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { PageArgs, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { OperationContext, inputId } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import type { UserRow } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { Viewer } from '../viewer/viewer.type.js';
import { deviceOf } from './session.device.js';
import {
  SessionConnection, SessionRevokeInput, SessionRevokePayload, SessionScope, SessionType, SessionsRevokeInput, SessionsRevokePayload,
} from './session.list.type.js';
import { checkSessionCursor, sessionsOfUser, type SessionRow } from './session.loaders.js';

const pageFor = (context: OperationContext, userId: string, { first, after }: PageArgs): Promise<Page<SessionRow> | null> => {
  checkSessionCursor(after ?? null);
  return context.load(sessionsOfUser, { userId, size: pageSize(first), after: after ?? null });
};

@Resolver(() => Viewer)
export class ViewerSessionsResolver {
  @FieldResolver(() => SessionConnection, {
    nullable: true, description: 'The devices on which this person is signed in to this tenant, newest first. Null for an API key.',
  })
  sessions(@Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext): Promise<Page<SessionRow> | null> {
    return context.actor.sub === null ? Promise.resolve(null) : pageFor(context, context.actor.sub, page);
  }
}

@Resolver(() => User)
export class UserSessionsResolver {
  @FieldResolver(() => SessionConnection, {
    nullable: true,
    description: 'The devices on which this person is signed in to this tenant, newest first. Needs `user:manage`; reading another\'s ' +
      'is recorded in the audit trail.',
  })
  sessions(@Root() user: UserRow, @Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext): Promise<Page<SessionRow> | null> {
    if (user.id !== context.actor.sub) {
      context.record({ action: 'session.read', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'User', id: user.id } });
    }
    return pageFor(context, user.id, page);
  }
}

@Resolver(() => SessionType)
export class SessionListResolver {
  constructor(private readonly services: IdentityServices) {}

  @FieldResolver()
  device(@Root() { userAgent }: SessionRow): string | null {
    return deviceOf(userAgent);
  }

  @FieldResolver()
  current(@Root() { id }: SessionRow, @Ctx() { actor }: OperationContext): boolean {
    return id === actor.session;
  }

  @Mutation(() => SessionRevokePayload, {
    nullable: true,
    description: 'Ends one session: one\'s own, or a colleague\'s with `user:manage` and every permission they hold. Its tokens and sockets stop working within a second.',
  })
  async sessionRevoke(
    @Ctx() context: OperationContext,
    @Arg('input', () => SessionRevokeInput, { description: 'Which session.' }) input: SessionRevokeInput,
  ) {
    const sessionId = inputId('sess', input.sessionId, ['input', 'sessionId']);
    return { sessionsEnded: await this.services.revocation.one(context, sessionId), userErrors: [] };
  }

  @Mutation(() => SessionsRevokePayload, {
    nullable: true,
    description: 'Ends the sessions of a person in this tenant, all or all but the one that asks. `logout` with `everywhere` reaches every tenant.',
  })
  async sessionsRevoke(
    @Ctx() context: OperationContext,
    @Arg('input', () => SessionsRevokeInput, { description: 'Which sessions.' }) input: SessionsRevokeInput,
  ) {
    const of = input.userId === null || input.userId === undefined ? null : inputId('user', input.userId, ['input', 'userId']);
    return { sessionsEnded: await this.services.revocation.many(context, input.scope === SessionScope.OTHERS, of), userErrors: [] };
  }
}
