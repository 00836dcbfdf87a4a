// The GraphQL face of an inbox.
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { ChannelName } from '../channel/channel.port.js';
import type { DisabledReason, InboxReopen, InboxState } from './inbox.entity.js';

export enum Channel { WHATSAPP = 'WHATSAPP', MESSENGER = 'MESSENGER', INSTAGRAM = 'INSTAGRAM', TWILIO_SMS = 'TWILIO_SMS', TWILIO_WHATSAPP = 'TWILIO_WHATSAPP', WEB_CHAT = 'WEB_CHAT', API = 'API' }
registerEnumType(Channel, {
  name: 'Channel', description: 'How messages reach the customer.', valuesConfig: {
    WHATSAPP: { description: 'WhatsApp Cloud API.' }, MESSENGER: { description: 'Facebook Messenger.' }, INSTAGRAM: { description: 'Instagram direct messages.' },
    TWILIO_SMS: { description: 'SMS and MMS through Twilio.' }, TWILIO_WHATSAPP: { description: 'WhatsApp through Twilio.' }, WEB_CHAT: { description: 'A chat in your own pages.' },
    API: { description: 'A system of your own, by signed webhooks both ways.' },
  },
});

export const InboxStateEnum: { [State in InboxState]: State } = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED', DELETED: 'DELETED' };
registerEnumType(InboxStateEnum, {
  name: 'InboxState', description: 'Where an inbox stands.', valuesConfig: {
    ACTIVE: { description: 'It receives and sends.' },
    DISABLED: { description: 'It receives. Nothing is sent by it: what was queued waits, what is new is refused with `ChannelUnavailable`.' },
    DELETED: { description: 'It neither receives nor sends; its conversations can be read. It is in no list.' },
  },
});

export const InboxReopenEnum: { [Reopen in InboxReopen]: Reopen } = { SAME: 'SAME', NEW: 'NEW' };
registerEnumType(InboxReopenEnum, {
  name: 'InboxReopen', description: 'What happens when somebody writes whose conversation is resolved.', valuesConfig: {
    SAME: { description: 'It is opened again: one conversation of a customer in an inbox, for good.' },
    NEW: { description: 'A new one begins: one conversation for each matter. It counts for the plan as others do.' },
  },
});

export const InboxDisabledReasonEnum: { [Reason in DisabledReason]: Reason } = { MANUAL: 'MANUAL', REAUTHORISE: 'REAUTHORISE' };
registerEnumType(InboxDisabledReasonEnum, {
  name: 'InboxDisabledReason', description: 'Why an inbox is switched off.', valuesConfig: {
    MANUAL: { description: 'Somebody did it (`inboxDisable`).' },
    REAUTHORISE: { description: 'The provider does not take its token any more: give it a new one, then `inboxEnable`.' },
  },
});

@ObjectType('Inbox', { implements: Node, description: 'One connected channel, e.g. a WhatsApp number. Its credentials are never readable.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class InboxType extends Node {
  @Field(() => ID, { description: 'Key of node look-ups.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => String, { description: 'What staff call it.' })
  name!: string;

  @Field(() => Channel, { description: 'The channel it connects.' })
  channel!: ChannelName;

  @Field(() => InboxStateEnum, { description: 'Whether it sends.' })
  state!: InboxState;

  @Field(() => InboxReopenEnum, { description: 'What happens when somebody writes whose conversation is resolved.' })
  reopen!: InboxReopen;

  @Field(() => InboxDisabledReasonEnum, { nullable: true, description: 'Why it is switched off; null while it is not.' })
  disabledReason!: DisabledReason | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was switched off, UTC; null while it is not.' })
  disabledAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What the provider said when it refused the token; null when it did not.' })
  disabledDetail!: string | null;

  @Field(() => String, { nullable: true, description: 'Its address at the provider, e.g. the phone number id. No two inboxes have the same. Null where nothing is known, and once it is deleted.' })
  externalId!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When its provider last delivered something, to within a few seconds, UTC; null when it never did.' })
  lastReceivedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When its provider last took a message, to within a few seconds, UTC; null when it never did.' })
  lastSentAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When its access token ends, UTC; null when that is not known, or never. One that can be exchanged is, ten days before.' })
  tokenExpiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when the secrets that were rotated out last are taken besides the new ones, UTC.' })
  secretOverlapUntil!: Date | null;
}

@ObjectType({ description: 'What the provider said when it was asked whether it takes the credentials of an inbox.' })
export class InboxTestResult {
  @Field(() => Boolean, { description: 'It takes them, and they are those of this address.' })
  passed!: boolean;

  @Field(() => String, { nullable: true, description: "Why not, for programs: the provider's code, `wrong-address`, `unreachable` or `http-…`; null when it passed." })
  code!: string | null;

  @Field(() => String, { nullable: true, description: 'Why not, in words; null when it passed.' })
  message!: string | null;

  @Field(() => DateTime, { description: 'When it was asked, UTC.' })
  testedAt!: Date;
}

export const { Connection: InboxConnection } = connectionOf('Inbox', () => InboxType);

@ObjectType({ implements: UserError, description: 'There is no such inbox in your tenant.' })
export class InboxNotFound extends UserError {}
