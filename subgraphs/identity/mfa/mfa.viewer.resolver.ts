// Second factors as their person sees them, and whether colleagues have one.
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { UserRow } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { Viewer } from '../viewer/viewer.type.js';
import type { CodeMethod } from './mfa.entity.js';
import { backupCodesLeft, mfaEnabledById } from './mfa.loaders.js';
import { MfaUseConnection, ViewerMfa } from './mfa.type.js';
import { usesPage } from './mfa.uses.js';

@Resolver(() => Viewer)
export class ViewerMfaField {
  @FieldResolver(() => ViewerMfa, { nullable: true, description: 'The caller\'s own second factors; null for an API key.' })
  async mfa(@Ctx() context: OperationContext) {
    const { sub } = context.actor;
    if (sub === null) return null;
    const enabled = await context.load(mfaEnabledById, sub) ?? false;
    const left = enabled ? await backupCodesLeft(context) : 0;
    const methods: CodeMethod[] = enabled ? ['TOTP', ...(left > 0 ? ['BACKUP_CODE' as const] : [])] : [];
    return { enabled, methods, backupCodesLeft: left };
  }
}

@Resolver(() => ViewerMfa)
export class ViewerMfaResolver {
  @FieldResolver(() => MfaUseConnection, { description: 'Every code that was judged, newest first. Watch it for uses that were not yours.' })
  uses(@Ctx() context: OperationContext, @Args(() => PageArgs) args: PageArgs) {
    return usesPage(context, args);
  }
}

@Resolver(() => User)
export class UserMfaField {
  @FieldResolver(() => Boolean, { nullable: true, description: 'Whether this person\'s sign-ins ask for a second factor. Needs `user:manage`, else it is null, FORBIDDEN.' })
  async mfaEnabled(@Root() user: UserRow, @Ctx() context: OperationContext): Promise<boolean> {
    return await context.load(mfaEnabledById, user.id) ?? false;
  }
}
