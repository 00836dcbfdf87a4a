// Webhooks that go out, in the graph.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { PUBLIC_EVENTS } from './public-events.js';
import type { WebhookDisabledReason, WebhookEndpointState, WebhookMessageState } from './webhook.entity.js';

/** `order.placed` is ORDER_PLACED in the graph. */
export const enumNameOf = (type: string): string => type.replace('.', '_').toUpperCase();
const TYPES = new Map(PUBLIC_EVENTS.map(({ type }) => [enumNameOf(type), type]));

export const WebhookEventTypeEnum: Readonly<Record<string, string>> = Object.fromEntries(TYPES);
registerEnumType(WebhookEventTypeEnum, {
  name: 'WebhookEventType', description: 'What an endpoint may be told of. `webhookEventTypes` has what each carries; as `type` of a call it is written in small letters with a dot: `order.placed`.',
  valuesConfig: Object.fromEntries(PUBLIC_EVENTS.map(({ type, description }) => [enumNameOf(type), { description }])),
});

export const WebhookEndpointStateEnum: { [State in WebhookEndpointState]: State } = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' };
registerEnumType(WebhookEndpointStateEnum, {
  name: 'WebhookEndpointState', description: 'Whether an endpoint is told of what happens.',
  valuesConfig: { ACTIVE: { description: 'It is told.' }, DISABLED: { description: 'It is switched off: what happens meanwhile is not kept for it, and what waits is not sent.' } },
});

export const WebhookDisabledReasonEnum: { [Reason in WebhookDisabledReason]: Reason } = { STAFF: 'STAFF', FAILING: 'FAILING', GONE: 'GONE' };
registerEnumType(WebhookDisabledReasonEnum, {
  name: 'WebhookDisabledReason', description: 'Why an endpoint is switched off.',
  valuesConfig: {
    STAFF: { description: 'Somebody switched it off.' }, FAILING: { description: 'It has done nothing but fail for five days.' }, GONE: { description: 'It answered 410 Gone.' },
  },
});

export const WebhookMessageStateEnum: { [State in WebhookMessageState]: State } = { PENDING: 'PENDING', DELIVERED: 'DELIVERED', FAILED: 'FAILED' };
registerEnumType(WebhookMessageStateEnum, {
  name: 'WebhookMessageState', description: 'What has become of a message to an endpoint.',
  valuesConfig: {
    PENDING: { description: 'It waits: for its first attempt, for the next one, or for an earlier message about the same thing.' },
    DELIVERED: { description: 'The endpoint has taken it.' }, FAILED: { description: 'It was given up. `webhookMessageReplay` begins anew.' },
  },
});

@ObjectType('WebhookEventKind', { description: 'A kind of event that endpoints may be told of.' })
export class WebhookEventKindType {
  @Field(() => WebhookEventTypeEnum, { description: 'Which one.' })
  eventType!: string;

  @Field(() => String, { description: 'The `type` in the body of a call, e.g. `order.placed`.' })
  type!: string;

  @Field(() => Int, { description: 'The `version` in the body: what it carries is only ever added to; anything else is another version.' })
  version!: number;

  @Field(() => String, { description: 'When it happens.' })
  description!: string;

  @Field(() => String, { description: 'JSON Schema of `data` in the body, as JSON text.' })
  schema!: string;

  @Field(() => String, { description: 'An example of `data`, as JSON text.' })
  example!: string;
}

@ObjectType('WebhookEndpoint', { description: 'A program of your own that is told of what happens, by signed POST.' })
export class WebhookEndpointType {
  @Field(() => ID, { description: 'Global id, `whep_…`.' })
  id!: string;

  @Field(() => String, { description: 'Where it is called.' })
  url!: string;

  @Field(() => String, { description: 'What it is for, for colleagues; may be empty.' })
  description!: string;

  @Field(() => [WebhookEventTypeEnum], { description: 'What it is told of; empty: everything.' })
  eventTypes!: string[];

  @Field(() => WebhookEndpointStateEnum, { description: 'Whether it is told.' })
  state!: WebhookEndpointState;

  @Field(() => WebhookDisabledReasonEnum, { nullable: true, description: 'Why it is switched off; null when it is not.' })
  disabledReason!: WebhookDisabledReason | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when it is switched off, UTC; null when it is not.' })
  disabledAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when calls are signed with the secret before the last rotation as well, UTC; null when they are not.' })
  secretOverlapUntil!: Date | null;

  @Field(() => Int, { description: 'How many attempts in a row have failed. It is left alone for a while after each: 2 seconds, then 4, 8 … up to 5 minutes.' })
  failures!: number;

  @Field(() => DateTime, { nullable: true, description: 'Since when every attempt has failed, UTC; null when the last one did not. After five days it is switched off.' })
  failingSince!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when it is left alone, UTC; null when it is not.' })
  retryAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it last took a message, UTC; null before the first time.' })
  lastSucceededAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it last did not, UTC; null when it always did.' })
  lastFailedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What was wrong then, for a person.' })
  lastFailure!: string | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

@ObjectType('WebhookMessage', { description: 'One event as it goes to one endpoint. Kept for 30 days after it was delivered or given up.' })
export class WebhookMessageType {
  @Field(() => ID, { description: 'Global id, `whm_…`.' })
  id!: string;

  @Field(() => String, { description: 'The header `webhook-id`: the same at every attempt, and at every endpoint that is told of the same event.' })
  webhookId!: string;

  @Field(() => WebhookEventTypeEnum, { description: 'What happened.' })
  eventType!: string;

  @Field(() => String, { description: 'The body of the call, the same at every attempt: JSON text.' })
  body!: string;

  @Field(() => DateTime, { description: 'When it happened, UTC.' })
  occurredAt!: Date;

  @Field(() => WebhookMessageStateEnum, { description: 'What has become of it.' })
  state!: WebhookMessageState;

  @Field(() => Int, { description: 'How often it was tried since it was made or replayed.' })
  attemptCount!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it is tried next at the earliest, UTC; null when it is not any more.' })
  nextAttemptAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was delivered or given up, UTC; null while it waits.' })
  finishedAt!: Date | null;
}

@ObjectType('WebhookAttempt', { description: 'One call of an endpoint, and what came of it.' })
export class WebhookAttemptType {
  @Field(() => ID, { description: 'Global id, `wha_…`.' })
  id!: string;

  @Field(() => Int, { description: 'Counts the attempts from 1, anew after a replay.' })
  number!: number;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  attemptedAt!: Date;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the answer; null when none came.' })
  status!: number | null;

  @Field(() => String, { nullable: true, description: 'What was wrong, for a person; null when the endpoint took it.' })
  failure!: string | null;
}

export const { Connection: WebhookEndpointConnection } = connectionOf('WebhookEndpoint', () => WebhookEndpointType);
export const { Connection: WebhookMessageConnection } = connectionOf('WebhookMessage', () => WebhookMessageType);
export const { Connection: WebhookAttemptConnection } = connectionOf('WebhookAttempt', () => WebhookAttemptType);

@ObjectType({ implements: UserError, description: 'There is no such endpoint in your tenant.' })
export class WebhookEndpointNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'A tenant has at most ten endpoints.' })
export class WebhookEndpointLimitReached extends UserError {}

@ObjectType({ implements: UserError, description: 'The endpoint is switched off: switch it on first (`webhookEndpointEnable`).' })
export class WebhookEndpointDisabled extends UserError {}

@ObjectType({ implements: UserError, description: 'There is no such message in your tenant.' })
export class WebhookMessageNotFound extends UserError {}
