// Results of what is done with webhooks that go out.
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { WebhookEndpointType, WebhookMessageType } from './webhook.type.js';

const ENDPOINT = { nullable: true, description: 'The endpoint as it is now; null when it was refused.' } as const;
const MESSAGE = { nullable: true, description: 'The message as it is now; null when it was refused.' } as const;
const SECRET = { nullable: true, description: 'What calls are signed with, `whsec_…`. Shown this once; null when it was refused.' } as const;
const reasons = (...names: string[]): { description: string } => ({ description: `Expected reasons for failure: ${names.map((name) => `\`${name}\``).join(', ')}.` });

@ObjectType({ description: 'Result of `webhookEndpointCreate`.' })
export class WebhookEndpointCreatePayload {
  @Field(() => WebhookEndpointType, ENDPOINT)
  webhookEndpoint!: object | null;

  @Field(() => String, SECRET)
  signingSecret!: string | null;

  @Field(() => [UserError], reasons('WebhookEndpointLimitReached', 'InputInvalid'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointUpdate`.' })
export class WebhookEndpointUpdatePayload {
  @Field(() => WebhookEndpointType, ENDPOINT)
  webhookEndpoint!: object | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound', 'InputInvalid'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointSecretRotate`.' })
export class WebhookEndpointSecretRotatePayload {
  @Field(() => WebhookEndpointType, ENDPOINT)
  webhookEndpoint!: object | null;

  @Field(() => String, SECRET)
  signingSecret!: string | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound', 'InputInvalid'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointDisable`.' })
export class WebhookEndpointDisablePayload {
  @Field(() => WebhookEndpointType, ENDPOINT)
  webhookEndpoint!: object | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointEnable`.' })
export class WebhookEndpointEnablePayload {
  @Field(() => WebhookEndpointType, ENDPOINT)
  webhookEndpoint!: object | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointTest`.' })
export class WebhookEndpointTestPayload {
  @Field(() => WebhookMessageType, { nullable: true, description: 'The message that is on its way: its `attempts` tell what came of it. Null when it was refused.' })
  webhookMessage!: object | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound', 'WebhookEndpointDisabled'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointReplay`.' })
export class WebhookEndpointReplayPayload {
  @Field(() => WebhookEndpointType, ENDPOINT)
  webhookEndpoint!: object | null;

  @Field(() => Int, { nullable: true, description: 'How many wait again: at most 1,000, the oldest first. Ask again while it is 1,000. Null when it was refused.' })
  replayed!: number | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookEndpointDelete`.' })
export class WebhookEndpointDeletePayload {
  @Field(() => ID, { nullable: true, description: 'The endpoint that is gone; null when it was refused.' })
  webhookEndpointId!: string | null;

  @Field(() => [UserError], reasons('WebhookEndpointNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `webhookMessageReplay`.' })
export class WebhookMessageReplayPayload {
  @Field(() => WebhookMessageType, MESSAGE)
  webhookMessage!: object | null;

  @Field(() => [UserError], reasons('WebhookMessageNotFound'))
  userErrors!: UserError[];
}
