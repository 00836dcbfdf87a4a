// The GraphQL face of an inbox.
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { ChannelName } from '../channel/channel.port.js';

export enum Channel { WHATSAPP = 'WHATSAPP', MESSENGER = 'MESSENGER', INSTAGRAM = 'INSTAGRAM', TWILIO_SMS = 'TWILIO_SMS', TWILIO_WHATSAPP = 'TWILIO_WHATSAPP', WEB_CHAT = 'WEB_CHAT', API = 'API' }
registerEnumType(Channel, {
  name: 'Channel', description: 'How messages reach the customer.', valuesConfig: {
    WHATSAPP: { description: 'WhatsApp Cloud API.' }, MESSENGER: { description: 'Facebook Messenger.' }, INSTAGRAM: { description: 'Instagram direct messages.' },
    TWILIO_SMS: { description: 'SMS and MMS through Twilio.' }, TWILIO_WHATSAPP: { description: 'WhatsApp through Twilio.' }, WEB_CHAT: { description: 'A chat in your own pages.' },
    API: { description: 'A system of your own, by signed webhooks both ways.' },
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
}

export const { Connection: InboxConnection } = connectionOf('Inbox', () => InboxType);

@ObjectType({ implements: UserError, description: 'There is no such inbox in your tenant.' })
export class InboxNotFound extends UserError {}
