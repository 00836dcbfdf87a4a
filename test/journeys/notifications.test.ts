// From outside: a reply whose fate nobody knows, and the person who is told of it live, in the inbox and by mail.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

interface Notification { id: string; kind: string; title: string; text: string; subjectId: string; readAt: string | null }
interface Inbox { unreadNotifications: number; notifications: { nodes: Notification[] } }
type News = { __typename: 'NotificationAdded' | 'NotificationFeedGap'; cursor: string; notification?: Notification };

let platform: TestPlatform;
let agent: string;
let owner: string;
let conversationId: string;
const sockets: SocketClient[] = [];

beforeAll(async () => {
  platform = await bootPlatform({ config: { unconfirmedAfterSeconds: 1 } });
  [agent, owner] = await Promise.all([platform.signIn('agent@demo.test'), platform.signIn('owner@demo.test')]);
  await platform.deliver('Is there a table for two tonight?');
  await until(async () => {
    const { data } = await platform.ask('{ conversations { nodes { id } } }', {}, agent);
    conversationId = (data?.['conversations'] as { nodes: { id: string }[] }).nodes[0]?.id ?? '';
    return conversationId !== '';
  }, 'the conversation is there');
});
afterEach(() => { for (const socket of sockets.splice(0)) socket.terminate(); });
afterAll(() => platform?.stop());

/** What a person hears live; after the first gap, which shows that the subscription stands. */
async function follow(token: string): Promise<News[]> {
  const news: News[] = [];
  const client = createClient({ url: platform.wsUrl, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
  sockets.push(client);
  client.subscribe<{ notificationAdded: News }>({ query: operation('notification-added'), variables: { after: 'bm9uc2Vuc2U' } }, {
    next: ({ data }) => { if (data) news.push(data.notificationAdded); }, error: () => undefined, complete: () => undefined,
  });
  await until(async () => news.shift()?.__typename === 'NotificationFeedGap', 'the subscription stands');
  return news;
}
const inbox = async (token: string): Promise<Inbox> => (await platform.ask(operation('notification-list'), {}, token)).data?.['viewer'] as Inbox;
async function reply(text: string, answer: Record<string, unknown>): Promise<string> {
  await fetch(`${platform.standIn.url}/_next`, { method: 'PUT', body: JSON.stringify([answer]) });
  const { data } = await platform.ask(operation('message-send'), { input: { conversationId, text, idempotencyKey: text.replaceAll(' ', '-') } }, agent);
  return (data?.['messageSend'] as { message: { id: string } }).message.id;
}

it('a reply whose fate nobody knows is told to its author: live, in the inbox, by mail, once', async () => {
  const [heard, others] = [await follow(agent), await follow(owner)];
  const messageId = await reply('unclear', { drop: 'after' });
  await until(async () => heard.length === 1, 'the author hears of it', 15_000);
  expect(heard[0]?.notification).toMatchObject({ kind: 'MESSAGE_UNCONFIRMED', subjectId: messageId, title: 'Was this message sent?', readAt: null });
  expect(await inbox(agent)).toMatchObject({ unreadNotifications: 1, notifications: { nodes: [{ id: heard[0]?.notification?.id, text: expect.stringContaining('#1') }] } });

  // The id leads to the message, which says itself how it stands.
  const { data } = await platform.ask('query ($id: ID!) { node(id: $id) { ... on Message { status conversation { id } } } }', { id: messageId }, agent);
  expect(data).toEqual({ node: { status: 'UNCONFIRMED', conversation: { id: conversationId } } });

  await until(async () => (await platform.mails('agent@demo.test')).length === 1, 'the mail is written', 15_000);
  const [mail] = await platform.mails('agent@demo.test');
  expect([mail?.subject, mail?.text]).toEqual(['Was this message sent?', expect.stringContaining('conversation #1')]);
  expect([mail?.text, JSON.stringify(heard)].join()).not.toMatch(/unclear|Giulia/);

  // Confirmed to who asked: nothing is left to ask again.
  const admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  try {
    await until(async () => (await admin.query('select 1 from conversations.attention_request')).rowCount === 0, 'it is confirmed', 15_000);
  } finally {
    await admin.end();
  }
  expect([others, await inbox(owner), await platform.mails('owner@demo.test')]).toEqual([[], { unreadNotifications: 0, notifications: expect.objectContaining({ nodes: [] }) }, []]);
});

it('who wants no mail of a kind gets none, and what was read is read', async () => {
  const preferences = [{ kind: 'MESSAGE_UNCONFIRMED', email: false }];
  const chosen = await platform.ask(`mutation ($input: NotificationPreferencesUpdateInput!) { notificationPreferencesUpdate(input: $input) { userErrors { message } } }`, { input: { preferences } }, agent);
  expect(chosen.data).toEqual({ notificationPreferencesUpdate: { userErrors: [] } });
  const mails = (await platform.mails('agent@demo.test')).length;
  await reply('unclear again', { drop: 'before' });
  await until(async () => (await inbox(agent)).unreadNotifications === 2, 'the second is in the inbox', 15_000);
  const ids = (await inbox(agent)).notifications.nodes.map(({ id }) => id);
  expect((await platform.ask(operation('notification-mark-read'), { input: { ids } }, owner)).data).toMatchObject({
    notificationMarkRead: { notifications: null, userErrors: [{ code: 'NOT_FOUND', field: ['input', 'ids', '0'] }] } });
  expect((await platform.ask(operation('notification-mark-read'), { input: { ids } }, agent)).data).toMatchObject({ notificationMarkRead: { userErrors: [] } });
  expect(await inbox(agent)).toMatchObject({ unreadNotifications: 0, notifications: { nodes: [{ readAt: expect.any(String) }, { readAt: expect.any(String) }] } });
  // The reply that follows is refused for good: by then a mail of the one before would have been queued long since.
  await reply('refused', { status: 400, body: { error: { message: 'Scripted', code: 131050 } } });
  await until(async () => (await inbox(agent)).notifications.nodes[0]?.kind === 'MESSAGE_FAILED', 'the refusal is told', 40_000);
  expect((await platform.mails('agent@demo.test')).length).toBe(mails);
}, 60_000);
