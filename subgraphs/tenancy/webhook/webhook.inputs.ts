// Arguments of what is done with webhooks that go out.
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import type { WebhookMessageState } from './webhook.entity.js';
import { WebhookEventTypeEnum, WebhookMessageStateEnum } from './webhook.type.js';

const URL = 'Where it is called by signed POST: https, at the public internet.';
const DESCRIPTION = 'What it is for, one line of at most 200 characters.';
const TYPES = 'What it is told of; empty: everything, also what there will be later.';
const WHICH = 'The endpoint, `whep_…`.';

@InputType({ description: 'Input of `webhookEndpointCreate`.' })
export class WebhookEndpointCreateInput {
  @Field(() => String, { description: URL })
  url!: string;

  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;

  @Field(() => [WebhookEventTypeEnum], { defaultValue: [], description: TYPES })
  eventTypes!: string[];
}

@InputType({ description: 'Input of `webhookEndpointUpdate`. What is absent stays.' })
export class WebhookEndpointUpdateInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;

  @Field(() => String, { nullable: true, description: URL })
  url?: string | null;

  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;

  @Field(() => [WebhookEventTypeEnum], { nullable: true, description: TYPES })
  eventTypes?: string[] | null;
}

@InputType({ description: 'Input of `webhookEndpointSecretRotate`.' })
export class WebhookEndpointSecretRotateInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;

  @Field(() => Int, { defaultValue: 24, description: 'For how many hours calls are signed with the old secret besides the new one, 0 to 168. Of two rotations within it the last one\'s predecessor holds.' })
  overlapHours!: number;
}

@InputType({ description: 'Input of `webhookEndpointDisable`.' })
export class WebhookEndpointDisableInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;
}

@InputType({ description: 'Input of `webhookEndpointEnable`.' })
export class WebhookEndpointEnableInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;
}

@InputType({ description: 'Input of `webhookEndpointTest`.' })
export class WebhookEndpointTestInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;
}

@InputType({ description: 'Input of `webhookEndpointReplay`.' })
export class WebhookEndpointReplayInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;

  @Field(() => DateTime, { description: 'Those that were given up and had happened then or later, UTC.' })
  since!: Date;
}

@InputType({ description: 'Input of `webhookEndpointDelete`.' })
export class WebhookEndpointDeleteInput {
  @Field(() => ID, { description: WHICH })
  webhookEndpointId!: string;
}

@InputType({ description: 'Input of `webhookMessageReplay`.' })
export class WebhookMessageReplayInput {
  @Field(() => ID, { description: 'The message, `whm_…`.' })
  webhookMessageId!: string;
}

@ArgsType()
export class WebhookMessagesArgs extends PageArgs {
  @Field(() => WebhookMessageStateEnum, { nullable: true, description: 'Those of this state; all when absent.' })
  state?: WebhookMessageState | null;
}
