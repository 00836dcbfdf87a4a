// Managing inboxes, and what is told of them.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { channelFor } from '../channel/channel.registry.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import type { ConversationsServices } from '../services.js';
import type { InboxRow } from './inbox.columns.js';
import { createInbox } from './inbox.create.js';
import { InboxCreateInput, InboxDeleteInput, InboxDisableInput, InboxEnableInput, InboxSecretRotateInput, InboxTestInput, InboxUpdateInput } from './inbox.inputs.js';
import { deleteInbox, disableInbox, enableInbox, updateInbox } from './inbox.manage.js';
import {
  InboxCreatePayload, InboxDeletePayload, InboxDisablePayload, InboxEnablePayload, InboxSecretRotatePayload, InboxTestPayload, InboxUpdatePayload,
} from './inbox.payloads.js';
import { rotateSecrets, testInbox } from './inbox.secrets.js';
import { InboxTestResult, InboxType } from './inbox.type.js';

const idOf = ({ inboxId }: { inboxId: string }): string => inputId('inb', inboxId, ['input', 'inboxId']);
const shown = async (context: OperationContext, id: string) => ({ inbox: await context.load(inboxById, id), userErrors: [] });

@Resolver(() => InboxType)
export class InboxResolver {
  constructor(private readonly services: ConversationsServices) {}

  @FieldResolver(() => String, { nullable: true, description: 'Where its provider is to deliver. Null once it is deleted.' })
  webhookUrl(@Root() { key, channel, state }: InboxRow): string | null {
    return state === 'DELETED' ? null : `${this.services.deps.config.apiUrl}/webhooks/${channelFor(channel).slug}/${key}`;
  }

  @FieldResolver(() => InboxTestResult, { nullable: true, description: 'What came of the last `inboxTest`; null before the first.' })
  lastTest(@Root() { lastTestAt, lastTestCode, lastTestMessage }: InboxRow): InboxTestResult | null {
    return lastTestAt && { passed: lastTestCode === null, code: lastTestCode, message: lastTestMessage, testedAt: lastTestAt };
  }

  @Mutation(() => InboxCreatePayload, {
    nullable: true,
    description: 'Connects a channel by credentials. Its provider is asked first whether it takes them. An address is that of one inbox, of whichever tenant. Safe to repeat with the same idempotency key, until the inbox is deleted.',
  })
  async inboxCreate(@Arg('input', () => InboxCreateInput, { description: 'What to connect.' }) input: InboxCreateInput, @Ctx() context: OperationContext) {
    const { id, ...told } = await createInbox(context, this.services.inboxes, this.services.providers, input);
    return { ...await shown(context, id), ...told };
  }

  @Mutation(() => InboxUpdatePayload, { nullable: true, description: 'Changes what an inbox is called, and what happens in it when somebody writes whose conversation is resolved. Repeating it changes nothing.' })
  async inboxUpdate(@Arg('input', () => InboxUpdateInput, { description: 'What to change.' }) input: InboxUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await updateInbox(context, id, input);
    return shown(context, id);
  }

  @Mutation(() => InboxTestPayload, {
    nullable: true,
    description: 'Asks the provider whether it takes the credentials of an inbox, and keeps the answer. A token that is refused for good switches the inbox off.',
  })
  async inboxTest(@Arg('input', () => InboxTestInput, { description: 'Which inbox.' }) input: InboxTestInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    const test = await testInbox(context, this.services.inboxes, this.services.providers, id);
    return { ...await shown(context, id), test };
  }

  @Mutation(() => InboxSecretRotatePayload, {
    nullable: true,
    description: 'Replaces secrets of an inbox. What the provider signs with the old ones is taken until the overlap ends, so that no delivery is refused meanwhile.',
  })
  async inboxSecretRotate(@Arg('input', () => InboxSecretRotateInput, { description: 'What to replace.' }) input: InboxSecretRotateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await rotateSecrets(context, this.services.inboxes, this.services.providers, id, input);
    return shown(context, id);
  }

  @Mutation(() => InboxDisablePayload, {
    nullable: true,
    description: 'Switches an inbox off: it goes on receiving, and nothing is sent by it. What was queued waits; what is new is refused with `ChannelUnavailable`. Repeating it changes nothing.',
  })
  async inboxDisable(@Arg('input', () => InboxDisableInput, { description: 'Which inbox.' }) input: InboxDisableInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await disableInbox(context, id);
    return shown(context, id);
  }

  @Mutation(() => InboxEnablePayload, { nullable: true, description: 'Switches an inbox on, and what waits in it is sent. Repeating it changes nothing.' })
  async inboxEnable(@Arg('input', () => InboxEnableInput, { description: 'Which inbox.' }) input: InboxEnableInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await enableInbox(context, id);
    return shown(context, id);
  }

  @Mutation(() => InboxDeletePayload, {
    nullable: true,
    description: 'Deletes an inbox for good: its credentials are destroyed, its webhook address answers 404, what waits in it fails, and its address at the provider may be connected again. Its conversations can be read on.',
  })
  async inboxDelete(@Arg('input', () => InboxDeleteInput, { description: 'Which inbox.' }) input: InboxDeleteInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await deleteInbox(context, id);
    return shown(context, id);
  }
}
