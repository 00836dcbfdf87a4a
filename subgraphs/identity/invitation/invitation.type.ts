// An invitation as those who manage people see it, and what inviting and joining answer.
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

export enum InvitationStatus {
  PENDING = 'PENDING',
  ACCEPTED = 'ACCEPTED',
  REVOKED = 'REVOKED',
  EXPIRED = 'EXPIRED',
}
registerEnumType(InvitationStatus, {
  name: 'InvitationStatus',
  description: 'How an invitation stands.',
  valuesConfig: {
    PENDING: { description: 'Its newest link works.' },
    ACCEPTED: { description: 'Somebody has joined with it.' },
    REVOKED: { description: 'It was taken back.' },
    EXPIRED: { description: 'Its 7 days are over. It can be sent again, unless a newer one to the same address took its place.' },
  },
});

@ObjectType('Invitation', { description: 'An address that is asked to join a tenant, with the roles it is offered.' })
export class InvitationType {
  @Field(() => ID, { description: 'Global id, `inv_…`.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The invited address; null once somebody has joined: then `acceptedBy` says who.' })
  email!: string | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'Until when its newest link works, UTC.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was accepted or revoked, or gave way to a newer one, UTC; null while it waits or can be sent again.' })
  endedAt!: Date | null;
}

export const { Connection: InvitationConnection } = connectionOf('Invitation', () => InvitationType);

@ObjectType({ description: 'The outcome of `invitationCreate`.' })
export class InvitationCreatePayload {
  @Field(() => InvitationType, { nullable: true, description: 'The invitation, whose mail is on its way; null when there is none.' })
  invitation!: InvitationType | null;

  @Field(() => [UserError], {
    description: 'Why there is none: `AlreadyMember`, `AlreadyInvited`, `RoleNotFound`, `GrantRefused`, `QuotaExceeded`, `MailLimitReached`, `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `invitationResend`.' })
export class InvitationResendPayload {
  @Field(() => InvitationType, { nullable: true, description: 'The invitation with its new end; null when it was not sent.' })
  invitation!: InvitationType | null;

  @Field(() => [UserError], {
    description: 'Why it was not sent: `InvitationNotFound`, `InvitationEnded`, `AlreadyMember`, `RoleNotFound`, `GrantRefused`, `MailLimitReached`, `TooManyAttempts`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `invitationRevoke`.' })
export class InvitationRevokePayload {
  @Field(() => InvitationType, { nullable: true, description: 'The invitation, now revoked; null when it was not.' })
  invitation!: InvitationType | null;

  @Field(() => [UserError], { description: 'Why not: `InvitationNotFound`, `InvitationEnded`, `GrantRefused`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `invitationAccept`.' })
export class InvitationAcceptPayload {
  @Field(() => ID, { nullable: true, description: 'The tenant that was joined, `tnt_…`: sign in to it, or switch to it. No session was opened. Null when nobody has joined.' })
  tenantId!: string | null;

  @Field(() => [UserError], {
    description: 'Why nobody has joined: `TokenInvalid`, `InvitationProofRequired`, `InvalidCredentials`, `TooManyAttempts`, `PasswordUnacceptable`, `AlreadyMember`, `TenantSuspended`, `QuotaExceeded`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such invitation in your tenant.' })
export class InvitationNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The invitation was accepted or revoked, or a newer one to the same address took its place.' })
export class InvitationEnded extends UserError {}

@ObjectType({ implements: UserError, description: 'The address belongs to an active or suspended member of the tenant.' })
export class AlreadyMember extends UserError {}

@ObjectType({ implements: UserError, description: 'An invitation to this address waits already.' })
export class AlreadyInvited extends UserError {}

@ObjectType({ implements: UserError, description: 'The link is right, and a password is missing: that of the account, or one for a new account. Asked with the token alone, this says which form to show.' })
export class InvitationProofRequired extends UserError {
  @Field(() => Boolean, { description: 'True: the address has an account, sign in or give its password. False: choose a password and a name.' })
  accountExists!: boolean;
}
