// Inviting people and joining: the list, fields of an invitation, changes.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import { roleById, type RoleRow } from '../role/role.loaders.js';
import { RoleType } from '../role/role.type.js';
import type { IdentityServices } from '../services.js';
import { userById } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { InvitationAcceptInput, InvitationCreateInput, InvitationResendInput, InvitationRevokeInput, InvitationsArgs } from './invitation.inputs.js';
import { invitationById, listInvitations, statusOf, type InvitationRow } from './invitation.list.js';
import {
  InvitationAcceptPayload, InvitationConnection, InvitationCreatePayload, InvitationResendPayload, InvitationRevokePayload, InvitationStatus, InvitationType,
} from './invitation.type.js';

const idOf = ({ invitationId }: { invitationId: string }): string => inputId('inv', invitationId, ['input', 'invitationId']);

@Resolver(() => InvitationType)
export class InvitationResolver {
  constructor(private readonly services: IdentityServices) {}

  @Query(() => InvitationConnection, { nullable: true, description: 'The invitations of your tenant, newest first, ended ones included. Needs `user:manage`.' })
  invitations(@Args(() => InvitationsArgs) args: InvitationsArgs, @Ctx() context: OperationContext) {
    return listInvitations(context, args);
  }

  @FieldResolver(() => InvitationStatus, { description: 'How it stands.' })
  status(@Root() invitation: InvitationRow, @Ctx() context: OperationContext): InvitationStatus {
    return statusOf(invitation, context.deps.clock.now());
  }

  @FieldResolver(() => [RoleType], { description: 'The roles it offers, without those that were deleted.' })
  async roles(@Root() { roleIds }: InvitationRow, @Ctx() context: OperationContext): Promise<RoleRow[]> {
    return (await Promise.all(roleIds.map((id) => context.load(roleById, id)))).filter((role) => role !== null);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who invites: who made it, or sent it last.' })
  invitedBy(@Root() { inviterId }: InvitationRow, @Ctx() context: OperationContext) {
    return context.load(userById, inviterId);
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who joined with it; null when nobody has.' })
  async acceptedBy(@Root() { guestId }: InvitationRow, @Ctx() context: OperationContext) {
    return guestId === null ? null : context.load(userById, guestId);
  }

  @Mutation(() => InvitationCreatePayload, {
    nullable: true,
    description: 'Invites an address to your tenant by a mailed link that works once, for 7 days. Who was removed can be invited again. ' +
      'Needs `user:manage` and every permission of the roles.',
  })
  async invitationCreate(
    @Ctx() context: OperationContext, @Arg('input', () => InvitationCreateInput, { description: 'Whom, as what.' }) { email, roleIds }: InvitationCreateInput,
  ) {
    const id = await this.services.invitations.create(context, email, roleIds.map((text, index) => inputId('role', text, ['input', 'roleIds', String(index)])));
    return { invitation: await context.load(invitationById, id), userErrors: [] };
  }

  @Mutation(() => InvitationResendPayload, {
    nullable: true,
    description: 'Mails an invitation again with a new link for another 7 days; the older link no longer works. At most three mails an hour to one address. ' +
      'Needs `user:manage` and every permission of the roles.',
  })
  async invitationResend(@Ctx() context: OperationContext, @Arg('input', () => InvitationResendInput, { description: 'Which invitation.' }) input: InvitationResendInput) {
    const id = idOf(input);
    await this.services.invitations.resend(context, id);
    return { invitation: await context.load(invitationById, id), userErrors: [] };
  }

  @Mutation(() => InvitationRevokePayload, {
    nullable: true, description: 'Takes an invitation back: its link no longer works. Needs `user:manage` and every permission of the roles.',
  })
  async invitationRevoke(@Ctx() context: OperationContext, @Arg('input', () => InvitationRevokeInput, { description: 'Which invitation.' }) input: InvitationRevokeInput) {
    const id = idOf(input);
    await this.services.invitations.revoke(context, id);
    return { invitation: await context.load(invitationById, id), userErrors: [] };
  }

  @Mutation(() => InvitationAcceptPayload, {
    nullable: true,
    description: 'Joins a tenant by a mailed link. Anybody may call it. An address with an account joins signed in with it or by its password; another gets ' +
      'an account. It opens no session: sign in, or switch, to the tenant afterwards.',
  })
  async invitationAccept(
    @Ctx() context: OperationContext,
    @Arg('input', () => InvitationAcceptInput, { description: 'The token of the link, which works once, and what proves or makes the account.' }) input: InvitationAcceptInput,
  ) {
    return { tenantId: encodeId('tnt', await this.services.invitationAcceptance.accept(context, input)), userErrors: [] };
  }
}
