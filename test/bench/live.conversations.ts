// Many conversations at once: each is followed by a subscriber of its own, and all are written to at the same time.
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappDelivery } from '../../ops/standins/sign-webhook.js';
import { ask, operation } from '../kit/client.js';
import type { OpenSockets, Received } from './live.client.js';
import type { LiveFloor } from './live.lanes.js';
import { closedLoop, post } from './load.js';
import { familyUsage, processUsage, round, summary, type Summary } from './machine.facts.js';

export interface ConversationsLane {
  conversations: number;
  /** One in each conversation, all at once; then the next. */
  rounds: number;
  messagesPerSecond: number;
  /** From sending the webhook, with nine others in it, to the subscriber of its conversation. */
  sentToHeardMs: Summary;
  /** From when the message was stored. */
  storedToHeardMs: Summary;
  cpuMsPerMessage: { node: number | null; postgres: number | null };
  notOk: number;
  lost: number;
}

/** Messages in one delivery, as Meta batches them. */
const TOGETHER = 10;
const POSTS = 16;
const BEGIN = 'begin ';
const STAND = 'stands ';
const CROWD = 'crowd ';

export async function conversationsLane(floor: LiveFloor, conversations: number, rounds: number): Promise<ConversationsLane> {
  const { children, reached, heard, wsUrl, tokens, pid, databasePid } = floor;
  await Promise.all(children.map((child) => child.ask('cut')));
  const [first] = children;
  if (!first) throw new Error('There is no client.');
  const agent = new Agent({ keepAlive: true });
  try {
    const writeAll = (prefix: string): Promise<Written> => write(floor.url, agent, conversations, prefix);
    await writeAll(BEGIN);
    const ids = await begun(floor.url, tokens[0] ?? '', conversations);
    await first.ask('open', {
      wsUrl, tokens, count: conversations, query: operation('message-feed'), variables: {}, each: ids.map((conversationId) => ({ conversationId })),
    } satisfies OpenSockets);
    for (let attempt = 0, stand = false; !stand; attempt += 1) {
      if (attempt === 5) throw new Error('Not every conversation was followed.');
      await sleep(1_000);
      await writeAll(`${STAND}${attempt}.`);
      stand = await reached(`${STAND}${attempt}.`, conversations);
    }
    const cpu = (): (number | null)[] => [processUsage(pid)?.cpuSeconds ?? null, familyUsage(databasePid)?.cpuSeconds ?? null];
    const before = cpu();
    const start = performance.now();
    const written: Written[] = [];
    for (let index = 0; index < rounds; index += 1) {
      written.push(await writeAll(`${CROWD}${index}.`));
      if (!await reached(CROWD, (index + 1) * conversations)) break;
    }
    const seconds = (performance.now() - start) / 1000;
    const messages = await heard(CROWD);
    const [node = null, postgres = null] = cpu().map((after, index) => {
      const from = before[index] ?? null;
      return after === null || from === null ? null : round(1000 * (after - from) / messages, 2);
    });
    const { arrivals, storedToHeard } = await first.ask<Received>('received', CROWD);
    return {
      conversations, rounds, messagesPerSecond: round(messages / seconds, 0), cpuMsPerMessage: { node, postgres },
      sentToHeardMs: summary(written.flatMap(({ sentAt }) => [...sentAt].flatMap(([text, at]) => (arrivals[text] ?? []).map((time) => time - at)))),
      storedToHeardMs: summary(storedToHeard), notOk: written.reduce((sum, { notOk }) => sum + notOk, 0), lost: Math.max(0, conversations * rounds - messages),
    };
  } finally {
    agent.destroy();
  }
}

interface Written { sentAt: Map<string, number>; notOk: number }

/** One message in each conversation. */
async function write(url: string, agent: Agent, conversations: number, prefix: string): Promise<Written> {
  const written: Written = { sentAt: new Map(), notOk: 0 };
  await closedLoop(Math.ceil(conversations / TOGETHER), POSTS, async (delivery) => {
    const of = Array.from({ length: Math.min(TOGETHER, conversations - delivery * TOGETHER) }, (_none, index) => delivery * TOGETHER + index);
    const phone = (who: number): string => `1555400${String(who).padStart(4, '0')}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const body = whatsappDelivery(DEMO_INBOX.phoneNumberId, {
      contacts: of.map((who) => ({ profile: { name: `Crowd ${who}` }, wa_id: phone(who) })),
      messages: of.map((who) => ({ from: phone(who), id: `wamid.${prefix}${who}`, timestamp, type: 'text', text: { body: `${prefix}${who}` } })),
    });
    for (const who of of) written.sentAt.set(`${prefix}${who}`, performance.timeOrigin + performance.now());
    const answer = await post(`${url}/webhooks/whatsapp/${DEMO_INBOX.key}`, agent, body, { 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) });
    if (answer?.status !== 200) written.notOk += 1;
  });
  return written;
}

interface Listed { conversations: { nodes: { id: string; contact: { name: string | null } }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } }

/** The conversations of the crowd, when all have begun. */
async function begun(url: string, token: string, conversations: number): Promise<string[]> {
  for (const until = performance.now() + 120_000; performance.now() < until;) {
    const ids: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const listed: Listed = await ask(
        url, 'query ($after: String) { conversations(first: 100, after: $after) { nodes { id contact { name } } pageInfo { endCursor hasNextPage } } }', { after }, token);
      ids.push(...listed.conversations.nodes.filter(({ contact }) => contact.name?.startsWith('Crowd ')).map(({ id }) => id));
      ({ endCursor: after, hasNextPage: more } = listed.conversations.pageInfo);
    }
    if (ids.length >= conversations) return ids.slice(0, conversations);
    await sleep(1_000);
  }
  throw new Error('Not every conversation began.');
}

export const conversationsLine = ({ conversations, rounds, messagesPerSecond, sentToHeardMs, storedToHeardMs, cpuMsPerMessage, notOk, lost }: ConversationsLane): string =>
  `${conversations} conversations at once, ${rounds} messages in each: ${messagesPerSecond} a second; sent to heard p50 ${sentToHeardMs.p50} p99 ${sentToHeardMs.p99} ms, `
  + `stored to heard p50 ${storedToHeardMs.p50} p99 ${storedToHeardMs.p99} ms; CPU ms a message: node ${cpuMsPerMessage.node ?? 'unknown'}, `
  + `PostgreSQL ${cpuMsPerMessage.postgres ?? 'unknown'}; lost: ${lost}, not answered with 200: ${notOk}`;
