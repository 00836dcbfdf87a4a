// Inputs of inviting and joining.
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsOptional } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { Address, Name, Password, Secret } from '../account/account.inputs.js';
import { InvitationStatus } from './invitation.type.js';

export const ROLES_MAX = 10;

@InputType({ description: 'Which invitations to list.' })
export class InvitationFilter {
  @Field(() => InvitationStatus, { nullable: true, description: 'Only this state; all of them when absent.' })
  status?: InvitationStatus | null;
}

@ArgsType()
export class InvitationsArgs extends PageArgs {
  @Field(() => InvitationFilter, { nullable: true, description: 'Which invitations; all of them when absent.' })
  filter?: InvitationFilter | null;
}

@InputType({ description: 'Input of `invitationCreate`.' })
export class InvitationCreateInput {
  @Address()
  @Field(() => String, { description: 'The address to invite, upper or lower case; ASCII, at most 254 characters.' })
  email!: string;

  @ArrayMinSize(1, { message: 'An invitation offers at least one role.' })
  @ArrayMaxSize(ROLES_MAX, { message: `An invitation offers at most ${ROLES_MAX} roles.` })
  @ArrayUnique({ message: 'An invitation offers each role once.' })
  @Field(() => [ID], { description: `The roles they will hold, presets or your own, 1 to ${ROLES_MAX}. Nobody gives what they do not hold.` })
  roleIds!: string[];
}

@InputType({ description: 'Input of `invitationResend`.' })
export class InvitationResendInput {
  @Field(() => ID, { description: 'The invitation, `inv_…`.' })
  invitationId!: string;
}

@InputType({ description: 'Input of `invitationRevoke`.' })
export class InvitationRevokeInput {
  @Field(() => ID, { description: 'The invitation, `inv_…`.' })
  invitationId!: string;
}

@InputType({ description: 'The token of a mailed invitation, and what proves or makes the account.' })
export class InvitationAcceptInput {
  @Secret()
  @Field(() => String, { description: 'What stands behind `#token=` in the link.' })
  token!: string;

  @Password()
  @IsOptional()
  @Field(() => String, {
    nullable: true,
    description: 'For an address with an account: its password; not needed by who is signed in with that address. ' +
      'For another: the password of the new account, at least 15 characters, at most 1,024.',
  })
  password?: string | null;

  @Name()
  @IsOptional()
  @Field(() => String, { nullable: true, description: 'For a new account: the name colleagues will see; one line, at most 200 characters. An account that exists keeps its own.' })
  displayName?: string | null;
}
