// How each route is tried with what belongs to another tenant, and how its owner comes through.
import { randomUUID } from 'node:crypto';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, signStripeBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { PNG } from '../kit/media.js';
import { until } from '../kit/until.js';
import { chatsOf } from './crossing.chats.js';
import { listExport } from './audit.compliance.cases.js';
import { taken } from './audit.payment.cases.js';
import { agreed } from './audit.conversations.cases.js';
import { INTRUDER, OWNER, RIVAL_INBOX, type CrossingWorld } from './crossing.world.js';

interface Tried {
  /** Path and request of each attempt; what is answered must not be a success. */
  attempts: [string, RequestInit?][];
  /** The same by the owner. Absent: the route is everybody's, and what it says is looked through. */
  control?: [string, RequestInit?];
}

const get = async (path: string): Promise<Tried> => ({ attempts: [[path]] });

interface ReadyExport { id: string; url: string | null }

/** The path to a finished export of somebody: of the audit trail, or of everything. @param what the field that shows it */
async function download({ audit }: CrossingWorld, email: string, what: 'auditExport' | 'tenantExport'): Promise<string> {
  const by = await audit.token(email);
  const input = { idempotencyKey: randomUUID(), ...(what === 'auditExport' ? { format: 'CSV' } : {}) };
  const show = async (id: string): Promise<ReadyExport> => (await audit.query<Record<string, ReadyExport>>(`query ($id: ID!) { ${what}(id: $id) { id url } }`, by, { id }))[what] as ReadyExport;
  const newest = async (): Promise<string | null> => (await audit.query<Record<string, { nodes: ReadyExport[] }>>(`{ ${what}s(first: 1) { nodes { id } } }`, by))[`${what}s`]?.nodes[0]?.id ?? null;
  // Of everything there is one at a time, and another case may have begun it.
  const { payload } = await audit.send(`${what}Request`, { by, input, select: `${what} { id }` });
  const id = (payload?.[what] as { id: string } | null)?.id ?? await newest() ?? '';
  const look = async (): Promise<string | null> => (await show(id)).url;
  await until(async () => await look() !== null, 'the export is ready', 30_000);
  return new URL(await look() ?? '', audit.platform.url).pathname;
}

/** The path to a finished export of a list of somebody's. */
async function listed({ audit }: CrossingWorld, email: string): Promise<string> {
  const by = await audit.token(email);
  const id = await listExport(audit, by);
  const look = async (): Promise<string | null> => (await audit.query<{ export: ReadyExport }>('query ($id: ID!) { export(id: $id) { id url } }', by, { id })).export.url;
  await until(async () => await look() !== null, 'the export is ready', 30_000);
  return await look() ?? '';
}

/** A file that somebody announces for the first inbox, or conversation, of their tenant. */
async function upload({ audit }: CrossingWorld, email: string): Promise<{ path: string; id: string; conversationId: string | undefined }> {
  const by = await audit.token(email);
  const { inboxes, conversations } = await audit.query<Record<'inboxes' | 'conversations', { nodes: { id: string }[] }>>('{ inboxes { nodes { id } } conversations { nodes { id } } }', by);
  const { payload } = await audit.send('attachmentUpload', {
    by, input: { inboxId: inboxes.nodes[0]?.id, fileName: 'a.png', mimeType: 'image/png', size: PNG.length }, select: 'attachment { id } uploadUrl',
  });
  return { path: String(payload?.['uploadUrl']), id: (payload?.['attachment'] as { id: string } | null)?.id ?? '', conversationId: conversations.nodes[0]?.id };
}

/** A link with the tenant, or the export, of another one. */
function mixed(mine: string, theirs: string): string[] {
  const [prefix, own] = [mine.slice(0, mine.lastIndexOf('/') + 1), Buffer.from(mine.slice(mine.lastIndexOf('/') + 1), 'base64url')];
  const other = Buffer.from(theirs.slice(theirs.lastIndexOf('/') + 1), 'base64url');
  const pieces: [Buffer, Buffer][] = [
    // tenant | export | the rest, as kernel/crypto/signed-link.ts writes them
    [other, own], [own, other],
  ];
  return pieces.flatMap(([a, b]) => [
    Buffer.concat([a.subarray(0, 16), b.subarray(16)]), Buffer.concat([a.subarray(0, 32), b.subarray(32)]), Buffer.concat([a.subarray(0, a.length - 32), b.subarray(b.length - 32)]),
  ]).map((token) => prefix + token.toString('base64url'));
}

export const routeCases: Readonly<Record<string, (world: CrossingWorld) => Promise<Tried>>> = {
  auditKeys: () => get('/.well-known/switchboard-audit-keys'),
  // The way of who agreed is in subgraphs/conversations/connection/connection.test.ts: it ends at the frontend, which is not here.
  metaConnectCallback: async ({ audit }) => {
    const [mine, theirs] = [await agreed(audit), await agreed(audit)];
    const states = [...mixed(`/${mine.state}`, `/${theirs.state}`).map((path) => path.slice(1)), theirs.state, 'nonsense', ''];
    return { attempts: states.map((state): [string, RequestInit] => [`/oauth/meta/callback?code=x&state=${state}`, { redirect: 'manual' }]) };
  },
  auditVerifier: () => get('/.well-known/switchboard-verify-audit.mjs'),
  jwks: () => get('/.well-known/jwks.json'),
  auditExportDownload: async (world) => {
    const [mine, theirs] = [await download(world, INTRUDER, 'auditExport'), await download(world, OWNER, 'auditExport')];
    return { attempts: mixed(mine, theirs).map((path) => [path]), control: [theirs] };
  },
  exportDownload: async (world) => {
    const [mine, theirs] = [await listed(world, INTRUDER), await listed(world, OWNER)];
    return { attempts: mixed(mine, theirs).map((path) => [path]), control: [theirs] };
  },
  tenantExportDownload: async (world) => {
    const [mine, theirs] = [await download(world, INTRUDER, 'tenantExport'), await download(world, OWNER, 'tenantExport')];
    return { attempts: mixed(mine, theirs).map((path) => [path]), control: [theirs] };
  },
  webChatPreflight: async (world) => {
    const { victim } = await chatsOf(world);
    return { attempts: [[`${victim.path}/messages`, { method: 'OPTIONS', headers: { origin: 'https://evil.test', 'access-control-request-method': 'GET' } }]] };
  },
  webChatSession: async (world) => {
    const { victim, rival } = await chatsOf(world);
    return { attempts: [victim.session(rival.proof), victim.session('0'.repeat(64))], control: victim.session(victim.proof) };
  },
  webChatSend: async (world) => {
    const { victim, rival } = await chatsOf(world);
    return { attempts: [victim.send(rival.token), rival.send(victim.token)], control: victim.send(victim.token) };
  },
  webChatRead: async (world) => {
    const { victim, rival } = await chatsOf(world);
    return { attempts: [victim.read(rival.token), rival.read(victim.token)], control: victim.read(victim.token) };
  },
  webChatFile: async (world) => {
    const { victim, rival } = await chatsOf(world);
    return { attempts: [victim.file(rival.token), rival.file(victim.token)], control: victim.file(victim.token) };
  },
  webChatTyping: async (world) => {
    const { victim, rival } = await chatsOf(world);
    return { attempts: [victim.type(rival.token), rival.type(victim.token)], control: victim.type(victim.token) };
  },
  metaAppVerify: () => get('/meta/webhooks?hub.mode=subscribe&hub.challenge=42&hub.verify_token='),
  metaAppReceive: async () => {
    const body = whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from: '15550008888', name: 'Crossing', id: 'wamid.crossing.app', text: 'From another app' });
    const signed = (secret: string): [string, RequestInit] => ['/meta/webhooks', { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, secret) } }];
    return { attempts: [signed(RIVAL_INBOX.credentials.appSecret), signed(DEMO_INBOX.appSecret)], control: signed('contract-app-secret') };
  },
  mediaUpload: async (world) => {
    const [mine, theirs] = [await upload(world, INTRUDER), await upload(world, OWNER)];
    const put = (path: string): [string, RequestInit] => [path, { method: 'PUT', body: Uint8Array.from(PNG), headers: { 'content-type': 'image/png' } }];
    return { attempts: mixed(mine.path, theirs.path).map(put), control: put(theirs.path) };
  },
  mediaDownload: async (world) => {
    const [mine, theirs] = [await upload(world, INTRUDER), await upload(world, OWNER)];
    const { audit } = world;
    await fetch(audit.platform.url + theirs.path, { method: 'PUT', body: Uint8Array.from(PNG) });
    const by = await audit.token(OWNER);
    const { payload } = await audit.send('messageSend', {
      by, input: { conversationId: theirs.conversationId, media: { attachmentIds: [theirs.id] }, idempotencyKey: randomUUID() }, select: 'message { content { ... on MediaContent { media { url } } } }',
    });
    const link = (payload?.['message'] as { content: { media: { url: string }[] } } | undefined)?.content.media[0]?.url ?? '';
    return { attempts: mixed(mine.path.replace('/uploads/', '/'), link).map((path) => [path]), control: [link] };
  },
  stripeWebhook: async ({ audit }) => {
    const [path, body] = [await taken.address(audit), JSON.stringify({ id: 'evt_crossing', object: 'event', type: 'payment_intent.succeeded', data: { object: { id: 'pi_crossing', object: 'payment_intent' } } })];
    const signed = (secret: string): [string, RequestInit] => [path, { method: 'POST', body, headers: { 'content-type': 'application/json', 'stripe-signature': signStripeBody(body, secret) } }];
    return { attempts: [signed('whsec_of_another_tenant'), [path, { method: 'POST', body }]], control: signed(taken.webhookSecret) };
  },
  webhookVerify: async () => {
    const path = (token: string): string => `/webhooks/whatsapp/${DEMO_INBOX.key}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`;
    return { attempts: [[path(RIVAL_INBOX.credentials.verifyToken)], [path('')]], control: [path(DEMO_INBOX.verifyToken)] };
  },
  webhookReceive: async () => {
    const body = whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from: '15550008888', name: 'Crossing', id: 'wamid.crossing', text: 'From another tenant' });
    const signed = (key: string, secret: string): [string, RequestInit] => [`/webhooks/whatsapp/${key}`, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, secret) },
    }];
    return {
      attempts: [signed(DEMO_INBOX.key, RIVAL_INBOX.credentials.appSecret), signed(RIVAL_INBOX.key, DEMO_INBOX.appSecret)],
      control: signed(DEMO_INBOX.key, DEMO_INBOX.appSecret),
    };
  },
};
