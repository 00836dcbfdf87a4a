// The GraphQL face of what providers delivered.
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf, PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { UserReference } from '../conversation/conversation.type.js';

export type DeliveryStatusName = 'RECEIVED' | 'PROCESSED' | 'FAILED';

export const WebhookDeliveryStatus: { [Status in DeliveryStatusName]: Status } = { RECEIVED: 'RECEIVED', PROCESSED: 'PROCESSED', FAILED: 'FAILED' };
registerEnumType(WebhookDeliveryStatus, {
  name: 'WebhookDeliveryStatus', description: 'What became of a delivery.', valuesConfig: {
    RECEIVED: { description: 'Stored; it is read, or read again, by a job.' },
    PROCESSED: { description: 'Everything in it was read.' },
    FAILED: { description: 'Some or all of it could not be read or stored; `error` says why. What could be read was. It is kept until it is replayed, or its time is over.' },
  },
});

@ObjectType('WebhookReplay', { description: 'One time that a delivery was read again.' })
export class WebhookReplayType {
  @Field(() => UserReference, { nullable: true, description: 'Who asked for it; null for an API key.' })
  requestedBy!: object | null;

  @Field(() => DateTime, { description: 'When, UTC.' })
  requestedAt!: Date;

  @Field(() => String, { nullable: true, description: 'Why, as they said; null when they did not.' })
  reason!: string | null;

  @Field(() => Boolean, { description: 'A corrected body was read in the place of what came.' })
  corrected!: boolean;
}

@ObjectType('WebhookDelivery', { description: "A provider's call, as it was stored before anything was made of it." })
export class WebhookDeliveryType {
  @Field(() => ID, { description: 'Global id, `whd_…`.' })
  id!: string;

  @Field(() => WebhookDeliveryStatus, { description: 'What became of it.' })
  status!: DeliveryStatusName;

  @Field(() => Int, { description: 'How often it could not be stored; five are the most. 0 for one that could not be read, which is not tried again by itself.' })
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'What could not be read, by its place in the body, or what went wrong; null when nothing did.' })
  error!: string | null;

  @Field(() => DateTime, { description: 'When it came, UTC.' })
  receivedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was read or given up, UTC; null while it waits.' })
  processedAt!: Date | null;

  @Field(() => Int, { description: 'How often somebody had it read again.' })
  replays!: number;
}

export const { Connection: WebhookDeliveryConnection } = connectionOf('WebhookDelivery', () => WebhookDeliveryType);

@InputType({ description: 'Which deliveries to list; absent fields do not filter.' })
export class WebhookDeliveryFilter {
  @Field(() => ID, { nullable: true, description: 'Only of this inbox.' })
  inboxId?: string | null;

  @Field(() => WebhookDeliveryStatus, { nullable: true, description: 'Only of this status: `FAILED` are the dead letters.' })
  status?: DeliveryStatusName | null;
}

@ArgsType()
export class WebhookDeliveriesArgs extends PageArgs {
  @Field(() => WebhookDeliveryFilter, { nullable: true, description: 'Which deliveries to list.' })
  filter?: WebhookDeliveryFilter | null;
}

@InputType({ description: 'Input of `webhookDeliveryReplay`.' })
export class WebhookDeliveryReplayInput {
  @Field(() => ID, { description: 'The delivery, FAILED or PROCESSED.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A corrected body, of 1 MiB at most, to be read in the place of what came, which is kept beside it. Needs `inbox:inspect` too, and `reason`. What came is read when it is absent.',
  })
  body?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, in at most 500 characters; required with `body`.' })
  reason?: string | null;
}

@ObjectType({ implements: UserError, description: 'There is no such delivery in your tenant.' })
export class WebhookDeliveryNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The delivery is about to be read: it can be corrected when that has failed.' })
export class WebhookDeliveryWaiting extends UserError {}

@ObjectType({ description: 'Result of `webhookDeliveryReplay`.' })
export class WebhookDeliveryReplayPayload {
  @Field(() => WebhookDeliveryType, { nullable: true, description: 'The delivery, to be read again by a job; null when it was refused.' })
  delivery!: object | null;

  @Field(() => [UserError], { description: 'Why it is not read again; empty when it is.' })
  userErrors!: UserError[];
}
