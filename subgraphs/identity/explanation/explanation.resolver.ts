// `accessExplain`: a question about rights, answered with the facts.
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { badInput, forbidden } from '../../kernel/base/errors.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { homeOf, readHome, tenantOf } from '../platform.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import type { IdentityServices } from '../services.js';
import { userById, type UserRow } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { accessFacts } from './explanation.facts.js';
import { judge, type Reason } from './explanation.js';
import { AccessExplanation, AccessReason } from './explanation.type.js';

const PERMISSION_MAX = 100;

interface Explained {
  userId: string;
  permission: string;
  at: Date;
  allowed: boolean;
  reasons: Record<string, unknown>[];
}

/** A reason in the shape of the graph. */
const shown = ({ kind, text, grant }: Reason) => ({
  kind, text, role: grant?.role ?? null, grantedAt: grant?.grantedAt ?? null, until: grant ? grant.endedAt ?? grant.expiresAt : null,
  grantedById: grant?.grantedById ?? null,
});

@Resolver(() => AccessExplanation)
export class ExplanationResolver {
  constructor(private readonly services: IdentityServices) {}

  @Query(() => AccessExplanation, {
    nullable: true,
    description: 'Why a person may do something, or may not, now or at another instant. Anybody may ask about themselves; about ' +
      'others it needs `user:manage`. Null when your tenant has never had this person.',
  })
  async accessExplain(
    @Ctx() context: OperationContext,
    @Arg('permission', () => String, { description: 'The permission, e.g. `conversation:read`; at most 100 characters.' }) permission: string,
    @Arg('userId', () => ID, { nullable: true, description: 'Whom it is about; yourself when absent.' }) userId?: string | null,
    @Arg('at', () => DateTime, {
      nullable: true,
      description: 'The instant, past or future; now when absent. The future is judged by what stands now, presets by what they give now.',
    }) at?: Date | null,
  ): Promise<Explained | null> {
    const { actor } = context;
    if (permission.length > PERMISSION_MAX) throw badInput(`permission has at most ${PERMISSION_MAX} characters.`, ['permission']);
    const about = userId === null || userId === undefined ? actor.sub : inputId('user', userId, ['userId']);
    if (about === null) throw badInput('An API key is nobody: say whom it is about.', ['userId']);
    if (about !== actor.sub) {
      if (!actor.permissions.includes(MANAGE_USERS)) throw forbidden(MANAGE_USERS);
      context.record({ action: 'access.explain', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'User', id: about } });
    }
    const home = homeOf(actor);
    const facts = await accessFacts(await readHome(context), home, about);
    if (!facts) return null;
    const { roles } = this.services;
    const when = at ?? context.deps.clock.now();
    const { allowed, reasons } = judge(facts, {
      permission, at: when, exists: roles.known().includes(permission), inTenant: tenantOf(home) !== null,
      permissionsOf: (grants) => roles.permissionsOf(grants),
    });
    return { userId: about, permission, at: when, allowed, reasons: reasons.map(shown) };
  }

  @FieldResolver(() => User, { nullable: true, description: 'Whom it is about.' })
  user(@Root() { userId }: Explained, @Ctx() context: OperationContext): Promise<UserRow | null> {
    return context.load(userById, userId);
  }
}

@Resolver(() => AccessReason)
export class AccessReasonResolver {
  @FieldResolver(() => User, { nullable: true, description: 'Who gave that role; null: the system, or no role.' })
  async grantedBy(@Root() { grantedById }: { grantedById: string | null }, @Ctx() context: OperationContext): Promise<UserRow | null> {
    return grantedById === null ? null : context.load(userById, grantedById);
  }
}
