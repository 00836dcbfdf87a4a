// What managing inboxes answers, and why it may refuse.
import { Field, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { InboxTestResult, InboxType } from './inbox.type.js';

@ObjectType({
  implements: UserError,
  description: 'The address, e.g. the phone number id, is of an inbox already: one of yours, or of somebody else who has shown to have it. It is told only to who has, too, by a token that the provider takes.',
})
export class InboxAddressTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'The provider was asked and does not take the credentials, or not for this address.' })
export class InboxCredentialsRefused extends UserError {
  @Field(() => String, { description: "The provider's code, or `wrong-address`." })
  providerCode!: string;
}

@ObjectType({ implements: UserError, description: 'The provider gave no complete answer. Nothing was changed; try again.' })
export class ProviderUnreachable extends UserError {}

@ObjectType({ description: 'Result of `inboxCreate`.' })
export class InboxCreatePayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox: the new one, or the one an equal earlier request made; null when it was refused.' })
  inbox!: object | null;

  @Field(() => String, { nullable: true, description: 'The verify token that was made, to be given to Meta with `webhookUrl`. Shown this once; null when the client chose one, and for a repeated request.' })
  verifyToken!: string | null;

  @Field(() => String, { nullable: true, description: 'The secret that was made for an API inbox or for proving who a visitor of a web chat is. Shown this once; null when the client chose one, and for a repeated request.' })
  signingSecret!: string | null;

  @Field(() => [UserError], { description: 'Why it was not made; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `inboxUpdate`.' })
export class InboxUpdatePayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox as it is now; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `inboxTest`.' })
export class InboxTestPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox as it is now; null when it could not be tested.' })
  inbox!: object | null;

  @Field(() => InboxTestResult, { nullable: true, description: 'What the provider said, as the inbox keeps it too; null when it could not be tested.' })
  test!: InboxTestResult | null;

  @Field(() => [UserError], { description: 'Why it could not be tested; empty when it was, whatever came of it.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `inboxSecretRotate`.' })
export class InboxSecretRotatePayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox as it is now; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was replaced; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `inboxDisable`.' })
export class InboxDisablePayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox as it is now; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why it was not switched off; empty when it is.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `inboxEnable`.' })
export class InboxEnablePayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox as it is now; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why it was not switched on; empty when it is.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `inboxDelete`.' })
export class InboxDeletePayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox, deleted; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why it was not deleted; empty when it was.' })
  userErrors!: UserError[];
}
