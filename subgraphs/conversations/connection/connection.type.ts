// The GraphQL face of connecting by a provider's dialogue, and of verifying a number.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { ChannelName } from '../channel/channel.port.js';
import { Channel, InboxTestResult, InboxType } from '../inbox/inbox.type.js';

@ObjectType({ description: 'Something that whoever agreed may connect: a number, a page or an account.' })
export class InboxConnectChoice {
  @Field(() => String, { description: 'Phone number id, page id or account id: give it to `inboxConnectFinish`.' })
  externalId!: string;

  @Field(() => String, { description: 'What it is called at the provider.' })
  name!: string;
}

@ObjectType('InboxConnect', { description: 'A channel on its way to be connected by its provider\'s dialogue. It is over after an hour.' })
export class InboxConnectType {
  @Field(() => ID, { description: 'Global id, `inc_…`.' })
  id!: string;

  @Field(() => Channel, { description: 'The channel.' })
  channel!: ChannelName;

  @Field(() => [InboxConnectChoice], { description: 'What may be connected, a hundred at most.' })
  choices!: InboxConnectChoice[];
}

@InputType({ description: 'Input of `inboxConnectBegin`.' })
export class InboxConnectBeginInput {
  @Field(() => Channel, { description: 'What to connect: WHATSAPP, MESSENGER or INSTAGRAM.' })
  channel!: ChannelName;
}

@ObjectType({ description: 'Result of `inboxConnectBegin`.' })
export class InboxConnectBeginPayload {
  @Field(() => ID, { nullable: true, description: 'Id of the connection, `inc_…`; null when it was refused.' })
  connectionId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where to send the browser, within 15 minutes. It comes back to `/connect-inbox` of the frontend with `#connection=…&token=…`, or `&error=…` (`access_denied`, `used`, or the code of Meta). Null when it was refused.',
  })
  url!: string | null;

  @Field(() => [UserError], { description: 'Why it was not begun; empty when it was.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Input of `inboxConnectFinish`.' })
export class InboxConnectFinishInput {
  @Field(() => ID, { description: 'The connection, `inc_…`.' })
  connectionId!: string;

  @Field(() => String, { description: 'What the browser brought back.' })
  token!: string;

  @Field(() => String, { description: 'Which of `InboxConnect.choices`.' })
  externalId!: string;

  @Field(() => String, { nullable: true, description: 'What staff call it, 1 to 100 characters; its name at the provider when absent.' })
  name?: string | null;
}

@ObjectType({ description: 'Result of `inboxConnectFinish`.' })
export class InboxConnectFinishPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox; null when it was refused.' })
  inbox!: object | null;

  @Field(() => InboxTestResult, { nullable: true, description: 'Whether the provider was told to deliver to it. When not, repeat the same request: it finds the inbox and tells the provider again.' })
  subscription!: InboxTestResult | null;

  @Field(() => [UserError], { description: 'Why it was not connected; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such connection of yours: somebody else began it, it is over, or the token is not what your browser brought back.' })
export class InboxConnectNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'This installation has no app at the provider: connect by credentials.' })
export class ConnectUnavailable extends UserError {}

export type VerificationMethod = 'SMS' | 'VOICE';
export const PhoneVerificationMethod: { [Method in VerificationMethod]: Method } = { SMS: 'SMS', VOICE: 'VOICE' };
registerEnumType(PhoneVerificationMethod, {
  name: 'PhoneVerificationMethod', description: 'How the code comes to the number.', valuesConfig: { SMS: { description: 'As a text message.' }, VOICE: { description: 'By a call.' } },
});

@InputType({ description: 'Input of `inboxPhoneVerificationBegin`.' })
export class InboxPhoneVerificationBeginInput {
  @Field(() => ID, { description: 'The inbox, of WhatsApp.' })
  inboxId!: string;

  @Field(() => PhoneVerificationMethod, { description: 'How the code is to come.' })
  method!: VerificationMethod;

  @Field(() => String, { description: 'Language of the message or call, e.g. `en_US`.' })
  language!: string;
}

@ObjectType({ description: 'Result of `inboxPhoneVerificationBegin`.' })
export class InboxPhoneVerificationBeginPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why no code was sent; empty when it was.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Input of `inboxPhoneVerificationConfirm`.' })
export class InboxPhoneVerificationConfirmInput {
  @Field(() => ID, { description: 'The inbox, of WhatsApp.' })
  inboxId!: string;

  @Field(() => String, { description: 'The code that came, 6 digits.' })
  code!: string;
}

@ObjectType({ description: 'Result of `inboxPhoneVerificationConfirm`.' })
export class InboxPhoneVerificationConfirmPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox, whose number is verified; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why the number is not verified; empty when it is.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'The provider refused to send the code, or the code.' })
export class PhoneVerificationRefused extends UserError {
  @Field(() => String, { description: "The provider's code." })
  providerCode!: string;
}
