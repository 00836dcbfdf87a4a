// A web chat of the victim and one of the intruder, each with a visitor.
import { createHmac, randomUUID } from 'node:crypto';
import { demoConversationsFacts } from '../../ops/demo/demo.facts.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { PNG } from '../kit/media.js';
import { RIVAL, withServices, type CrossingWorld } from './crossing.world.js';

interface Chat {
  /** Before `/session` and `/messages`. */
  path: string;
  /** Hash of a user by the secret of this inbox. */
  proof: string;
  token: string;
  session(hash: string): [string, RequestInit];
  send(token: string): [string, RequestInit];
  read(token: string): [string, RequestInit];
  file(token: string): [string, RequestInit];
  type(token: string): [string, RequestInit];
}

const USER = 'crossing-user';

async function chatOf({ audit }: CrossingWorld, key: string, identitySecret: string): Promise<Chat> {
  const path = `/webhooks/web-chat/${key}`;
  const json = { 'content-type': 'application/json' };
  const session = (hash: string): [string, RequestInit] => [`${path}/session`, { method: 'POST', headers: json, body: JSON.stringify({ user: { userId: USER, hash } }) }];
  const proof = createHmac('sha256', identitySecret).update(USER).digest('hex');
  const [at, request] = session(proof);
  const { token } = await (await fetch(audit.platform.url + at, request)).json() as { token: string };
  return {
    path, proof, token, session,
    send: (by) => [`${path}/messages`, { method: 'POST', headers: { ...json, authorization: `Bearer ${by}` }, body: JSON.stringify({ items: [{ kind: 'message', id: randomUUID(), text: 'Crossing' }] }) }],
    file: (by) => [`${path}/files?name=a.png`, { method: 'POST', headers: { 'content-type': 'image/png', authorization: `Bearer ${by}` }, body: Uint8Array.from(PNG) }],
    type: (by) => [`${path}/typing`, { method: 'POST', headers: { ...json, authorization: `Bearer ${by}` }, body: JSON.stringify({ typing: true }) }],
    read: (by) => [`${path}/messages`, { headers: { authorization: `Bearer ${by}` } }],
  };
}

let made: Promise<{ victim: Chat; rival: Chat }> | null = null;

export const chatsOf = (world: CrossingWorld): Promise<{ victim: Chat; rival: Chat }> => (made ??= make(world));

async function make(world: CrossingWorld): Promise<{ victim: Chat; rival: Chat }> {
  const secrets = { victim: randomUUID(), rival: randomUUID() };
  await withServices(conversations, world.audit.platform.database, async ({ inboxes }) => {
    for (const [name, tenant] of [['victim', demoConversationsFacts.tenantId], ['rival', RIVAL]] as const) {
      await inboxes.create(tenant, { key: `crossing-${name}-chat`, name: 'Chat', channel: 'WEB_CHAT', credentials: { tokenSecret: randomUUID(), identitySecret: secrets[name] } });
    }
  });
  return { victim: await chatOf(world, 'crossing-victim-chat', secrets.victim), rival: await chatOf(world, 'crossing-rival-chat', secrets.rival) };
}
