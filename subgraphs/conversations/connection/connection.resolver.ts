// Connecting by a provider's dialogue, and verifying a number.
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import type { ConversationsServices } from '../services.js';
import { finishConnection } from './connection.finish.js';
import {
  InboxConnectBeginInput, InboxConnectBeginPayload, InboxConnectFinishInput, InboxConnectFinishPayload, InboxConnectType, InboxPhoneVerificationBeginInput,
  InboxPhoneVerificationBeginPayload, InboxPhoneVerificationConfirmInput, InboxPhoneVerificationConfirmPayload,
} from './connection.type.js';
import { beginVerification, confirmVerification } from './phone-verification.js';

@Resolver()
export class ConnectionResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => InboxConnectType, {
    nullable: true, description: 'What may be connected, once the dialogue has ended in an agreement; null for whoever did not begin it, and when it is over.',
  })
  async inboxConnect(
    @Arg('id', () => ID, { description: 'The connection, `inc_…`.' }) id: string,
    @Arg('token', () => String, { description: 'What the browser brought back.' }) token: string, @Ctx() context: OperationContext,
  ) {
    const ready = await this.services.connections.ready(context, inputId('inc', id, ['id']), token);
    return ready && { id: ready.id, channel: ready.channel, choices: ready.choices.map(({ externalId, name }) => ({ externalId, name })) };
  }

  @Mutation(() => InboxConnectBeginPayload, {
    nullable: true, description: 'Begins to connect a channel by its provider\'s dialogue, in which a person of the business agrees. `inboxConnectFinish` ends it.',
  })
  async inboxConnectBegin(@Arg('input', () => InboxConnectBeginInput, { description: 'What to connect.' }) input: InboxConnectBeginInput, @Ctx() context: OperationContext) {
    const { id, url } = await this.services.connections.begin(context, input.channel);
    return { connectionId: encodeId('inc', id), url, userErrors: [] };
  }

  @Mutation(() => InboxConnectFinishPayload, {
    nullable: true,
    description: 'Makes the inbox that was chosen, and tells its provider to deliver to it. An inbox of yours that has this address already gets the new token and stays what it is; one whose token '
      + 'the provider had refused is switched on. Safe to repeat: the same choice of the same connection is the same inbox.',
  })
  async inboxConnectFinish(@Arg('input', () => InboxConnectFinishInput, { description: 'What was chosen.' }) input: InboxConnectFinishInput, @Ctx() context: OperationContext) {
    const { id, subscription } = await finishConnection(context, this.services, inputId('inc', input.connectionId, ['input', 'connectionId']), input);
    return { inbox: await context.load(inboxById, id), subscription, userErrors: [] };
  }

  @Mutation(() => InboxPhoneVerificationBeginPayload, { nullable: true, description: 'Has the provider send a code to the number of an inbox of WhatsApp. Each call sends one.' })
  async inboxPhoneVerificationBegin(
    @Arg('input', () => InboxPhoneVerificationBeginInput, { description: 'Which inbox, and how.' }) input: InboxPhoneVerificationBeginInput, @Ctx() context: OperationContext,
  ) {
    const id = inputId('inb', input.inboxId, ['input', 'inboxId']);
    await beginVerification(context, this.services.inboxes, this.services.providers, id, input);
    return { inbox: await context.load(inboxById, id), userErrors: [] };
  }

  @Mutation(() => InboxPhoneVerificationConfirmPayload, { nullable: true, description: 'Tells the provider the code that came to the number of an inbox.' })
  async inboxPhoneVerificationConfirm(
    @Arg('input', () => InboxPhoneVerificationConfirmInput, { description: 'Which inbox, and the code.' }) input: InboxPhoneVerificationConfirmInput, @Ctx() context: OperationContext,
  ) {
    const id = inputId('inb', input.inboxId, ['input', 'inboxId']);
    await confirmVerification(context, this.services.inboxes, this.services.providers, id, input.code);
    return { inbox: await context.load(inboxById, id), userErrors: [] };
  }
}
