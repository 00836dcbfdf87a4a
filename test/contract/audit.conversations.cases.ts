// What the trail tells of each mutation of conversations.
import { randomUUID } from 'node:crypto';
import { until } from '../kit/until.js';
import type { AuditCases, AuditWorld } from './audit.world.js';

const AGENT = 'agent@demo.test';

async function conversation(world: AuditWorld): Promise<string> {
  const by = await world.token(AGENT);
  const found = async (): Promise<string | undefined> =>
    (await world.query<{ conversations: { nodes: { id: string }[] } }>('{ conversations { nodes { id } } }', by)).conversations.nodes[0]?.id;
  if (await found() === undefined) await world.platform.deliver('Hello');
  await until(async () => await found() !== undefined, 'a conversation');
  return await found() ?? '';
}

/** A message of the conversation that its channel knows. */
async function answered(world: AuditWorld, by: string, id: string): Promise<string> {
  const query = 'query ($id: ID!) { conversation(id: $id) { messages(first: 100) { nodes { id direction } } } }';
  const { conversation: { messages } } = await world.query<{ conversation: { messages: { nodes: { id: string; direction: string }[] } } }>(query, by, { id });
  return messages.nodes.find(({ direction }) => direction === 'INBOUND')?.id ?? '';
}

export const conversationsCases: AuditCases = {
  attachmentUpload: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    return {
      by, input: { conversationId, fileName: 'A name that stays out of the trail.png', mimeType: 'image/png', size: 70 }, select: 'attachment { id }',
      told: ({ attachment }) => ({ id: (attachment as { id: string }).id, actor: world.of(by).user, after: { mimeType: 'image/png', bytes: 70 } }),
    };
  },
  messageSend: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    return {
      by, input: { conversationId, text: 'A text that stays out of the trail', replyToId: await answered(world, by, conversationId), idempotencyKey: randomUUID() }, select: 'message { id }',
      told: ({ message }) => ({ id: (message as { id: string }).id, actor: world.of(by).user, after: { conversation: conversationId, status: 'QUEUED' } }),
    };
  },
  conversationStart: async (world) => {
    const [by, id] = [await world.token(AGENT), await conversation(world)];
    const { conversation: { contact, inbox, status } } = await world.query<{ conversation: { contact: { id: string }; inbox: { id: string }; status: string } }>(
      'query ($id: ID!) { conversation(id: $id) { contact { id } inbox { id } status } }', by, { id });
    return {
      by, input: { contactId: contact.id, inboxId: inbox.id, text: 'A text that stays out of the trail', replyToId: await answered(world, by, id), idempotencyKey: randomUUID() }, select: 'message { id }',
      told: ({ message }) => ({ id, actor: world.of(by).user, before: { status }, after: { status, message: (message as { id: string }).id } }),
    };
  },
  messageTemplatesSync: async (world) => {
    const by = await world.token(AGENT);
    const { inboxes: { nodes: [inbox] } } = await world.query<{ inboxes: { nodes: { id: string }[] } }>('{ inboxes { nodes { id } } }', by);
    const id = inbox?.id ?? '';
    return { by, input: { inboxId: id }, told: () => ({ id, actor: world.of(by).user, after: { templates: 2 } }) };
  },
  contactConsentSet: async (world) => {
    const [by, id] = [await world.token(AGENT), await conversation(world)];
    const { conversation: { contact, inbox } } = await world.query<{ conversation: { contact: { id: string }; inbox: { id: string } } }>(
      'query ($id: ID!) { conversation(id: $id) { contact { id } inbox { id } } }', by, { id });
    return { by, input: { contactId: contact.id, inboxId: inbox.id, optedOut: false }, told: () => ({ id: contact.id, actor: world.of(by).user, after: { optedOut: false } }) };
  },
  conversationMarkRead: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    return { by, input: { conversationId }, told: () => ({ id: conversationId, actor: world.of(by).user, before: { read: 0 }, after: { read: 1 } }) };
  },
};
