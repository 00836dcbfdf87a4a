// What the trail tells of each mutation of conversations.
import { randomInt, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { VERIFICATION_CODE } from '../../ops/standins/meta-graph.accounts.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { until } from '../kit/until.js';
import { answeredInChat } from './audit.chats.js';
import { assignmentCases } from './audit.assignment.cases.js';
import { integrationCases } from './audit.integration.cases.js';
import { workCases } from './audit.work.cases.js';
import type { AuditCases, AuditWorld } from './audit.world.js';

const AGENT = 'agent@demo.test';
const OWNER = 'owner@demo.test';

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

/** Makes an inbox of a number that nobody has. */
async function inbox(world: AuditWorld): Promise<string> {
  const { inbox: made } = await world.done('inboxCreate', { by: await world.token(OWNER), input: newInbox(), select: 'inbox { id }' });
  return (made as { id: string }).id;
}

/** Somebody begins to connect a page and agrees in their browser, which comes back to the frontend. @returns the connection, and what the browser brought */
export async function agreed(world: AuditWorld): Promise<{ id: string; token: string; state: string }> {
  const { url } = await world.done('inboxConnectBegin', { by: await world.token(OWNER), input: { channel: 'MESSENGER' }, select: 'url' });
  const sent = async (address: string): Promise<URL> => new URL((await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '');
  const callback = await sent(url as string);
  // Of the product of a test the address is known once it listens, and not to its configuration.
  const back = new URLSearchParams((await sent(`${world.platform.url}${callback.pathname}${callback.search}`)).hash.slice(1));
  return { id: back.get('connection') ?? '', token: back.get('token') ?? '', state: callback.searchParams.get('state') ?? '' };
}

const newInbox = () => ({
  name: 'Front desk', idempotencyKey: randomUUID(),
  whatsapp: { phoneNumberId: String(randomInt(10 ** 14)), businessAccountId: '419561257915477', accessToken: `secret-${randomUUID()}`, appSecret: `secret-${randomUUID()}` },
});

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
  messageReact: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    const messageId = await answered(world, by, conversationId);
    return { by, input: { messageId, emoji: '👍' }, told: () => ({ id: messageId, actor: world.of(by).user }) };
  },
  typingSet: async (world) => {
    const [by, conversationId] = [await world.token(AGENT), await conversation(world)];
    return { by, input: { conversationId, typing: true }, told: () => ({ id: conversationId, actor: world.of(by).user }) };
  },
  messageEdit: async (world) => {
    const by = await world.token(AGENT);
    const messageId = await answeredInChat(world, await world.token(OWNER), by);
    return { by, input: { messageId, text: 'Other words that stay out of the trail', idempotencyKey: randomUUID() }, told: () => ({ id: messageId, actor: world.of(by).user }) };
  },
  messageDelete: async (world) => {
    const by = await world.token(AGENT);
    const messageId = await answeredInChat(world, await world.token(OWNER), by);
    return { by, input: { messageId }, told: () => ({ id: messageId, actor: world.of(by).user }) };
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
  inboxCreate: async (world) => {
    const by = await world.token(OWNER);
    return {
      by, input: newInbox(), select: 'inbox { id }',
      told: ({ inbox: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { name: 'Front desk', channel: 'WHATSAPP' } }),
    };
  },
  inboxUpdate: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    return {
      by, input: { inboxId, name: 'Kitchen', reopen: 'NEW' },
      told: () => ({ id: inboxId, actor: world.of(by).user, before: { name: 'Front desk', reopen: 'SAME' }, after: { name: 'Kitchen', reopen: 'NEW' } }),
    };
  },
  guestReminderSettingsUpdate: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    const { rows: [tenant] } = await world.admin.query<{ id: string }>('select tenant_id as id from identity.membership where email = $1', [OWNER]);
    const before = { enabled: true, inboxId: null, templateName: null, language: 'en' };
    return { by, input: { inboxId, templateName: 'see_you', language: 'es' }, told: () => ({ id: encodeId('tnt', tenant?.id ?? ''), actor: world.of(by).user, before, after: { ...before, inboxId, templateName: 'see_you', language: 'es' } }) };
  },
  inboxTest: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    return { by, input: { inboxId }, told: () => ({ id: inboxId, actor: world.of(by).user, after: { passed: true, channel: 'WHATSAPP' } }) };
  },
  inboxSecretRotate: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    return {
      by, input: { inboxId, whatsapp: { appSecret: `secret-${randomUUID()}` } },
      told: () => ({ id: inboxId, actor: world.of(by).user, after: { rotated: ['appSecret'], overlapUntil: expect.any(String) } }),
    };
  },
  inboxDisable: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    return {
      by, input: { inboxId },
      told: () => ({ id: inboxId, actor: world.of(by).user, before: { state: 'ACTIVE', disabledReason: null }, after: { state: 'DISABLED', disabledReason: 'MANUAL' } }),
    };
  },
  inboxEnable: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    await world.done('inboxDisable', { by, input: { inboxId } });
    return {
      by, input: { inboxId },
      told: () => ({ id: inboxId, actor: world.of(by).user, before: { state: 'DISABLED', disabledReason: 'MANUAL' }, after: { state: 'ACTIVE', disabledReason: null } }),
    };
  },
  inboxDelete: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    return {
      by, input: { inboxId },
      told: () => ({ id: inboxId, actor: world.of(by).user, before: { state: 'ACTIVE', name: 'Front desk', channel: 'WHATSAPP' }, after: { state: 'DELETED' } }),
    };
  },
  webhookDeliveryReplay: async (world) => {
    const by = await world.token(OWNER);
    await conversation(world);
    const { webhookDeliveries: { nodes: [delivery] } } = await world.query<{ webhookDeliveries: { nodes: { id: string }[] } }>('{ webhookDeliveries(first: 1, filter: { status: PROCESSED }) { nodes { id } } }', await world.token('admin@demo.test'));
    const id = delivery?.id ?? '';
    return { by, input: { id }, told: () => ({ id, actor: world.of(by).user, before: { status: 'PROCESSED' }, after: { status: 'RECEIVED', corrected: false } }) };
  },
  inboxConnectBegin: async (world) => {
    const by = await world.token(OWNER);
    return { by, input: { channel: 'MESSENGER' }, select: 'connectionId', told: ({ connectionId }) => ({ id: connectionId as string, actor: world.of(by).user, after: { channel: 'MESSENGER' } }) };
  },
  inboxConnectFinish: async (world) => {
    const [by, { id: connectionId, token }] = [await world.token(OWNER), await agreed(world)];
    return {
      by, input: { connectionId, token, externalId: '110000000000001', name: 'Our page' }, select: 'inbox { id }',
      told: ({ inbox: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { name: 'Our page', channel: 'MESSENGER' } }),
    };
  },
  inboxPhoneVerificationBegin: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    return { by, input: { inboxId, method: 'SMS', language: 'en_US' }, told: () => ({ id: inboxId, actor: world.of(by).user }) };
  },
  inboxPhoneVerificationConfirm: async (world) => {
    const [by, inboxId] = [await world.token(OWNER), await inbox(world)];
    await world.done('inboxPhoneVerificationBegin', { by, input: { inboxId, method: 'VOICE', language: 'it' } });
    return { by, input: { inboxId, code: VERIFICATION_CODE }, told: () => ({ id: inboxId, actor: world.of(by).user }) };
  },
  ...workCases,
  ...assignmentCases, ...integrationCases,
};
