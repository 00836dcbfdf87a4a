// What providers delivered: listed, looked into, and read again.
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import { InboxType } from '../inbox/inbox.type.js';
import type { ConversationsServices } from '../services.js';
import { deliveredBody, deliveredSize, deliveryById, lastReplayOf, listDeliveries, type DeliveryRow } from './webhook-delivery.list.js';
import {
  WebhookDeliveriesArgs, WebhookDeliveryConnection, WebhookDeliveryReplayInput, WebhookDeliveryReplayPayload, WebhookDeliveryType, WebhookReplayType,
} from './webhook-delivery.type.js';
import { replayDelivery } from './webhook-replay.js';

@Resolver(() => WebhookDeliveryType)
export class WebhookDeliveryResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => WebhookDeliveryConnection, { nullable: true, description: 'What providers delivered to the inboxes of your tenant, newest first.' })
  webhookDeliveries(@Args(() => WebhookDeliveriesArgs) { first, after, filter }: WebhookDeliveriesArgs, @Ctx() context: OperationContext) {
    const inboxId = filter?.inboxId;
    return listDeliveries(context, { first, after, status: filter?.status, inboxId: inboxId === null || inboxId === undefined ? null : inputId('inb', inboxId, ['filter', 'inboxId']) });
  }

  @Query(() => WebhookDeliveryType, { nullable: true, description: 'One delivery; null when your tenant has none with this id.' })
  webhookDelivery(@Arg('id', () => ID, { description: 'Its id, `whd_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(deliveryById, inputId('whd', id, ['id']));
  }

  @FieldResolver(() => InboxType, { description: 'The inbox it came to.' })
  inbox(@Root() { inboxId }: DeliveryRow, @Ctx() context: OperationContext) {
    return context.load(inboxById, inboxId);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What came, as text, its first 256 KiB. It holds what customers wrote, word for word, and who they are: whoever reads it is named in the audit trail. Needs `inbox:inspect`.',
  })
  async body(@Root() { id }: DeliveryRow, @Ctx() context: OperationContext): Promise<string | null> {
    return (await context.load(deliveredBody, id))?.toString('utf8') ?? null;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Bytes of what came.' })
  bodySize(@Root() { id }: DeliveryRow, @Ctx() context: OperationContext): Promise<number | null> {
    return context.load(deliveredSize, id);
  }

  @FieldResolver(() => WebhookReplayType, { nullable: true, description: 'The last time that somebody had it read again; null when nobody did.' })
  async lastReplay(@Root() { id, replays }: DeliveryRow, @Ctx() context: OperationContext) {
    const replay = replays === 0 ? null : await context.load(lastReplayOf, id);
    return replay && { ...replay, requestedBy: replay.requestedBy === null ? null : { id: replay.requestedBy } };
  }

  @Mutation(() => WebhookDeliveryReplayPayload, {
    nullable: true,
    description: 'Has a delivery read again, as it came or corrected. What is there already changes nothing: no message comes twice. One that waits already is left as it is.',
  })
  async webhookDeliveryReplay(@Arg('input', () => WebhookDeliveryReplayInput, { description: 'Which delivery.' }) input: WebhookDeliveryReplayInput, @Ctx() context: OperationContext) {
    const id = inputId('whd', input.id, ['input', 'id']);
    await replayDelivery(context, this.services.inboxes, id, input);
    return { delivery: await context.load(deliveryById, id), userErrors: [] };
  }
}
