// What each subscription is asked for, what then happens at the victim's, and who follows it over a socket.
import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { decodeId, encodeId } from '../../subgraphs/kernel/base/ids.js';
import { heldBy } from './audit.booking.cases.js';
import { listExport } from './audit.compliance.cases.js';
import { sold } from './audit.commerce.cases.js';
import { OWNER, VICTIM, type CrossingWorld } from './crossing.world.js';

interface Following {
  by: string;
  /** Answers and refusals, as they came. */
  told: unknown[];
  stop: () => void;
}

/** How many stand, as the gateway tells operators: the protocol does not tell a client. */
export async function standing({ audit }: CrossingWorld): Promise<number> {
  const metrics = await (await fetch(`${audit.platform.url}/api/monitoring/metrics`)).text();
  return Number(/^switchboard_live_subscriptions (\d+)$/m.exec(metrics)?.[1]);
}

/** A subscription of somebody: it was asked for when this resolves. */
export async function follow({ audit }: CrossingWorld, by: string, query: string, variables: Record<string, unknown>): Promise<Following> {
  const told: unknown[] = [];
  const client = createClient({
    url: audit.platform.wsUrl, webSocketImpl: WebSocket, lazy: false, retryAttempts: 0, connectionParams: { authorization: `Bearer ${await audit.token(by)}` },
    onNonLazyError: () => undefined,
  });
  await new Promise<void>((resolve, reject) => {
    client.on('connected', () => resolve());
    client.on('error', () => reject(new Error(`The socket of ${by} failed.`)));
  });
  client.subscribe(
    { query, variables },
    { next: ({ data }) => { if (data) told.push(data); }, error: () => undefined, complete: () => undefined },
  );
  return { by, told, stop: () => client.terminate() };
}

interface Live {
  variables: Record<string, unknown>;
  happen: () => Promise<unknown>;
}

const first = async ({ audit }: CrossingWorld, list: 'conversations' | 'inboxes'): Promise<string> =>
  (await audit.query<Record<string, { nodes: { id: string }[] }>>(`{ ${list} { nodes { id } } }`, await audit.token(OWNER)))[list]?.nodes[0]?.id ?? '';

/** Subscription -> each way to ask for it. */
export const liveCases: Readonly<Record<string, (world: CrossingWorld) => Promise<Live[]>>> = {
  messageFeed: async (world) => {
    const happen = () => world.audit.platform.deliver('News of the victim');
    return [
      { variables: { conversationId: await first(world, 'conversations') }, happen },
      { variables: { inboxId: await first(world, 'inboxes') }, happen },
    ];
  },
  conversationFeed: async (world) => {
    const happen = () => world.audit.platform.deliver('News of the victim');
    return [{ variables: {}, happen }, { variables: { inboxId: await first(world, 'inboxes') }, happen }];
  },
  orderFeed: async ({ audit }) => {
    const { id: orderId } = await sold.order(audit);
    const happen = async () => audit.done('orderTransition', { by: await audit.token(OWNER), input: { orderId, to: 'CANCELED' } });
    return [{ variables: {}, happen: () => sold.order(audit) }, { variables: { orderId }, happen }];
  },
  reservationFeed: async ({ audit }) => {
    const { id: reservationId } = await heldBy(audit);
    const happen = async () => audit.done('reservationCancel', { by: await audit.token(OWNER), input: { reservationId } });
    return [{ variables: {}, happen: () => heldBy(audit) }, { variables: { reservationId }, happen }];
  },
  typing: async (world) => {
    const conversationId = await first(world, 'conversations');
    return [{ variables: { conversationId }, happen: async () => world.audit.done('typingSet', { by: await world.audit.token(OWNER), input: { conversationId, typing: true } }) }];
  },
  presence: async ({ audit }) => {
    let said = 0;
    return [{
      variables: {},
      happen: async () => audit.done('presenceUpdate', { by: await audit.token(OWNER), input: { status: 'ONLINE', text: `Word ${said += 1}` } }),
    }];
  },
  exportProgress: async ({ audit }) => {
    const by = await audit.token(OWNER);
    const id = await listExport(audit, by, { held: true });
    return [{ variables: { id }, happen: () => audit.done('exportCancel', { by, input: { id } }) }];
  },
  securityEventAdded: async ({ audit }) => [{
    variables: {},
    happen: async () => audit.done('roleCreate', { by: await audit.token(OWNER), input: { name: `Watched ${randomUUID()}`, permissions: ['audit:manage'] } }),
  }],
  notificationAdded: async ({ audit }) => {
    const owner = audit.of(await audit.token(OWNER)).user;
    // What conversations asks of identity when a message fails.
    const event = {
      kind: 'MESSAGE_FAILED', userIds: [decodeId('user', owner)], permission: 'conversation:read', subjectId: encodeId('msg', randomUUID()), params: {}, dedupeKey: randomUUID(),
    };
    return [{
      variables: {},
      happen: () => audit.admin.query(
        `insert into conversations.outbox (tenant_id, event_id, type, stream_id, payload, occurred_at) values ($1, gen_random_uuid(), 'StaffNotificationRequested', null, $2, now())`,
        [VICTIM, event]),
    }];
  },
};
