// What the trail tells of each mutation of conversations.
import { randomUUID } from 'node:crypto';
import { until } from '../kit/until.js';
import { workCases } from './audit.work.cases.js';
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

export const conversationsCases: AuditCases = {
  messageSend: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    return {
      by, input: { conversationId, text: 'A text that stays out of the trail', idempotencyKey: randomUUID() }, select: 'message { id }',
      told: ({ message }) => ({ id: (message as { id: string }).id, actor: world.of(by).user, after: { conversation: conversationId, status: 'QUEUED' } }),
    };
  },
  conversationStart: async (world) => {
    const [by, id] = [await world.token(AGENT), await conversation(world)];
    const { conversation: { contact, inbox, status } } = await world.query<{ conversation: { contact: { id: string }; inbox: { id: string }; status: string } }>(
      'query ($id: ID!) { conversation(id: $id) { contact { id } inbox { id } status } }', by, { id });
    return {
      by, input: { contactId: contact.id, inboxId: inbox.id, text: 'A text that stays out of the trail', idempotencyKey: randomUUID() }, select: 'message { id }',
      told: ({ message }) => ({ id, actor: world.of(by).user, before: { status }, after: { status, message: (message as { id: string }).id } }),
    };
  },
  conversationMarkRead: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    return { by, input: { conversationId }, told: () => ({ id: conversationId, actor: world.of(by).user, before: { read: 0 }, after: { read: 1 } }) };
  },
  ...workCases,
};
