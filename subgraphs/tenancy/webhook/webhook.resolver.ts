// Webhooks that go out: endpoints, what they are told, and managing them.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { z } from 'zod';
import { encodeId } from '../../kernel/base/ids.js';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import type { TenancyServices } from '../services.js';
import { PUBLIC_EVENTS } from './public-events.js';
import {
  WebhookEndpointCreateInput, WebhookEndpointDeleteInput, WebhookEndpointDisableInput, WebhookEndpointEnableInput, WebhookEndpointReplayInput, WebhookEndpointSecretRotateInput,
  WebhookEndpointTestInput, WebhookEndpointUpdateInput, WebhookMessageReplayInput, WebhookMessagesArgs,
} from './webhook.inputs.js';
import { attemptsOfMessage, endpointById, endpointPage, messageById, messagesOfEndpoint, pageKey, type MessageRow } from './webhook.loaders.js';
import {
  WebhookEndpointCreatePayload, WebhookEndpointDeletePayload, WebhookEndpointDisablePayload, WebhookEndpointEnablePayload, WebhookEndpointReplayPayload, WebhookEndpointSecretRotatePayload,
  WebhookEndpointTestPayload, WebhookEndpointUpdatePayload, WebhookMessageReplayPayload,
} from './webhook.payloads.js';
import { replayFailed, replayMessage } from './webhook.replay.js';
import { WebhookAttemptConnection, WebhookEndpointConnection, WebhookEndpointType, WebhookEventKindType, WebhookMessageConnection, WebhookMessageType } from './webhook.type.js';

const idOf = ({ webhookEndpointId }: { webhookEndpointId: string }): string => inputId('whep', webhookEndpointId, ['input', 'webhookEndpointId']);
const INPUT = { description: 'Which endpoint.' } as const;

@Resolver(() => WebhookEndpointType)
export class WebhookEndpointResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => [WebhookEventKindType], { nullable: true, description: 'What endpoints may be told of, and what each carries, by name.' })
  webhookEventTypes() {
    return PUBLIC_EVENTS.map(({ type, version, description, data, example }) => ({ eventType: type, type, version, description, schema: JSON.stringify(z.toJSONSchema(data)), example: JSON.stringify(example) }));
  }

  @Query(() => WebhookEndpointConnection, { nullable: true, description: 'The endpoints of your tenant, newest first.' })
  webhookEndpoints(@Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return endpointPage(context, page);
  }

  @Query(() => WebhookEndpointType, { nullable: true, description: 'One endpoint of your tenant; null when there is none of this id.' })
  webhookEndpoint(@Arg('id', () => ID, { description: 'The endpoint, `whep_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(endpointById, inputId('whep', id, ['id']));
  }

  @FieldResolver(() => WebhookMessageConnection, { description: 'What it is told and was, newest first. Kept for 30 days after it was delivered or given up.' })
  messages(@Root() { id }: { id: string }, @Args(() => WebhookMessagesArgs) { state, ...page }: WebhookMessagesArgs, @Ctx() context: OperationContext) {
    return context.load(messagesOfEndpoint, pageKey(id, page, state ?? null));
  }

  @Mutation(() => WebhookEndpointCreatePayload, { nullable: true, description: 'Makes an endpoint, which is told of what happens from now on. A tenant has at most ten.' })
  async webhookEndpointCreate(@Arg('input', () => WebhookEndpointCreateInput, { description: 'The endpoint.' }) input: WebhookEndpointCreateInput, @Ctx() context: OperationContext) {
    const { id, signingSecret } = await this.services.webhooks.endpoints.create(context, input);
    return { ...await this.#done(context, id), signingSecret };
  }

  @Mutation(() => WebhookEndpointUpdatePayload, { nullable: true, description: 'Changes an endpoint. At a new address it is called at once, also with what waits.' })
  async webhookEndpointUpdate(@Arg('input', () => WebhookEndpointUpdateInput, { description: 'What to change.' }) input: WebhookEndpointUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.webhooks.endpoints.update(context, id, input);
    return this.#done(context, id);
  }

  @Mutation(() => WebhookEndpointSecretRotatePayload, { nullable: true, description: 'Gives an endpoint a new secret. For the overlap every call carries two signatures, by the new and the old one.' })
  async webhookEndpointSecretRotate(@Arg('input', () => WebhookEndpointSecretRotateInput, INPUT) input: WebhookEndpointSecretRotateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    const signingSecret = await this.services.webhooks.endpoints.rotate(context, id, input.overlapHours);
    return { ...await this.#done(context, id), signingSecret };
  }

  @Mutation(() => WebhookEndpointDisablePayload, { nullable: true, description: 'Switches an endpoint off: what happens meanwhile is not kept for it. What waits is sent when it is on again, or given up after 84 hours. Repeating it changes nothing.' })
  async webhookEndpointDisable(@Arg('input', () => WebhookEndpointDisableInput, INPUT) input: WebhookEndpointDisableInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.webhooks.endpoints.switch(context, id, 'DISABLED');
    return this.#done(context, id);
  }

  @Mutation(() => WebhookEndpointEnablePayload, { nullable: true, description: 'Switches an endpoint on, and calls it at once with what waits. Repeating it changes nothing.' })
  async webhookEndpointEnable(@Arg('input', () => WebhookEndpointEnableInput, INPUT) input: WebhookEndpointEnableInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.webhooks.endpoints.switch(context, id, 'ACTIVE');
    return this.#done(context, id);
  }

  @Mutation(() => WebhookEndpointTestPayload, { nullable: true, description: 'Sends an endpoint a `webhook.test`, by the way that everything goes.' })
  async webhookEndpointTest(@Arg('input', () => WebhookEndpointTestInput, INPUT) input: WebhookEndpointTestInput, @Ctx() context: OperationContext) {
    const id = await this.services.webhooks.endpoints.test(context, idOf(input));
    return { webhookMessage: await context.load(messageById, id), userErrors: [] };
  }

  @Mutation(() => WebhookEndpointReplayPayload, { nullable: true, description: 'Sends an endpoint anew what was given up: the same bodies with the same `webhook-id`s.' })
  async webhookEndpointReplay(@Arg('input', () => WebhookEndpointReplayInput, { description: 'Which endpoint, and since when.' }) input: WebhookEndpointReplayInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    const replayed = await replayFailed(context, id, input.since);
    return { ...await this.#done(context, id), replayed };
  }

  @Mutation(() => WebhookEndpointDeletePayload, { nullable: true, description: 'Deletes an endpoint for good, with its messages and their attempts.' })
  async webhookEndpointDelete(@Arg('input', () => WebhookEndpointDeleteInput, INPUT) input: WebhookEndpointDeleteInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.webhooks.endpoints.delete(context, id);
    return { webhookEndpointId: encodeId('whep', id), userErrors: [] };
  }

  async #done(context: OperationContext, id: string) {
    return { webhookEndpoint: await context.load(endpointById, id), userErrors: [] };
  }
}

@Resolver(() => WebhookMessageType)
export class WebhookMessageResolver {
  @Query(() => WebhookMessageType, { nullable: true, description: 'One message to an endpoint of your tenant; null when there is none of this id.' })
  webhookMessage(@Arg('id', () => ID, { description: 'The message, `whm_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(messageById, inputId('whm', id, ['id']));
  }

  @FieldResolver(() => WebhookEndpointType, { nullable: true, description: 'Where it goes.' })
  endpoint(@Root() { endpointId }: MessageRow, @Ctx() context: OperationContext) {
    return context.load(endpointById, endpointId);
  }

  @FieldResolver(() => WebhookAttemptConnection, { description: 'How it was tried, newest first.' })
  attempts(@Root() { id }: MessageRow, @Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return context.load(attemptsOfMessage, pageKey(id, page));
  }

  @Mutation(() => WebhookMessageReplayPayload, { nullable: true, description: 'Sends a message anew, whether it was taken or given up: the same body with the same `webhook-id`. One that waits is tried at once.' })
  async webhookMessageReplay(@Arg('input', () => WebhookMessageReplayInput, { description: 'Which message.' }) input: WebhookMessageReplayInput, @Ctx() context: OperationContext) {
    const id = inputId('whm', input.webhookMessageId, ['input', 'webhookMessageId']);
    await replayMessage(context, id);
    return { webhookMessage: await context.load(messageById, id), userErrors: [] };
  }
}
