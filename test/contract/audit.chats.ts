// A web chat of the tenant in which staff have answered a visitor.
import { randomUUID } from 'node:crypto';
import { until } from '../kit/until.js';
import type { AuditWorld } from './audit.world.js';

/** @param owner token of who connects inboxes @param by token of who answers @returns the message of staff */
export async function answeredInChat(world: AuditWorld, owner: string, by: string): Promise<string> {
  const { inbox } = await world.done('inboxCreate', { by: owner, input: { name: 'Chat', idempotencyKey: randomUUID(), webChat: { origins: [], identityRequired: false } }, select: 'inbox { id webhookUrl }' });
  const { id, webhookUrl } = inbox as { id: string; webhookUrl: string };
  const at = world.platform.url + new URL(webhookUrl).pathname;
  const call = async (path: string, body: object, token?: string): Promise<Record<string, unknown>> =>
    await (await fetch(at + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) } })).json() as Record<string, unknown>;
  const { token } = await call('/session', {});
  await call('/messages', { items: [{ kind: 'message', id: '1', text: 'Hello' }] }, String(token));
  const found = async (): Promise<string | undefined> => (await world.query<{ conversations: { nodes: { id: string }[] } }>(
    'query ($inbox: ID!) { conversations(filter: { inboxIds: [$inbox] }) { nodes { id } } }', by, { inbox: id })).conversations.nodes[0]?.id;
  await until(async () => await found() !== undefined, 'a conversation of the chat');
  const { message } = await world.done('messageSend', { by, input: { conversationId: await found(), text: 'A text that stays out of the trail', idempotencyKey: randomUUID() }, select: 'message { id }' });
  return (message as { id: string }).id;
}
