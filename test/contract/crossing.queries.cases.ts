// What each query is asked for: ids of the victim, wherever a query takes one.
import { randomUUID } from 'node:crypto';
import { decodeId, encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { until } from '../kit/until.js';
import { sold } from './audit.commerce.cases.js';
import { heldBy, noonIn, venueOf, waitingAt } from './audit.booking.cases.js';
import { taken } from './audit.payment.cases.js';
import { agreed } from './audit.conversations.cases.js';
import { endpointOf, messageOf } from './audit.webhook.cases.js';
import { OWNER, VICTIM, type CrossingWorld } from './crossing.world.js';

type Variables = Record<string, unknown>;
export type QueryCase = (world: CrossingWorld) => Variables | Promise<Variables>;

const one = async ({ audit }: CrossingWorld, query: string, find = /"id":"([^"]+)"/): Promise<string> => {
  const answer = JSON.stringify(await audit.query(query, await audit.token(OWNER)));
  const id = find.exec(answer)?.[1];
  if (!id) throw new Error(`Nothing of the victim was found: ${query} answered ${answer}`);
  return id;
};
const conversation = (world: CrossingWorld): Promise<string> => one(world, '{ conversations { nodes { id } } }');
const inbox = (world: CrossingWorld): Promise<string> => one(world, '{ inboxes { nodes { id } } }');
const user = async ({ audit }: CrossingWorld): Promise<string> => audit.of(await audit.token(OWNER)).user;
const customer = (world: CrossingWorld): Promise<string> => one(world, '{ conversations { nodes { contact { customer { id } } } } }', /"customer":\{"id":"([^"]+)"/);
const order = (world: CrossingWorld): Promise<string> => one(world, '{ conversations { nodes { contact { customer { orders { nodes { id } } } } } } }', /"orders":\{"nodes":\[\{"id":"([^"]+)"/);

/** Something that nobody of another tenant has named yet, so that no trail but the victim's can know it. */
const verification = async ({ audit }: CrossingWorld): Promise<string> => {
  const { rows: [row] } = await audit.admin.query<{ id: string }>('select id from compliance.audit_verification where tenant_id = $1 limit 1', [VICTIM]);
  return encodeId('avf', row?.id ?? '');
};

/** A label that every conversation of the victim bears. */
const label = async ({ audit }: CrossingWorld): Promise<string> => {
  const id = newId();
  await audit.admin.query(`insert into conversations.label (tenant_id, id, name, color, created_at) values ($1, $2, $3, '#aabbcc', now())`, [VICTIM, id, id]);
  await audit.admin.query('insert into conversations.conversation_label (tenant_id, conversation_id, label_id, added_at) select tenant_id, id, $2, now() from conversations.conversation where tenant_id = $1', [VICTIM, id]);
  return encodeId('lbl', id);
};

/** A team that every conversation of the victim belongs to. */
const team = async ({ audit }: CrossingWorld): Promise<string> => {
  const id = newId();
  await audit.admin.query('insert into conversations.team (tenant_id, id, name, folded, created_at) values ($1, $2, $3, $3, now())', [VICTIM, id, id]);
  await audit.admin.query('update conversations.conversation set team_id = $2 where tenant_id = $1', [VICTIM, id]);
  return encodeId('team', id);
};

/** `field(path of the id)` -> variables. */
export const idCases: Readonly<Record<string, QueryCase>> = {
  'accessExplain(userId)': async (world) => ({ userId: await user(world), permission: 'order:read' }),
  'auditEvents(filter.actorId)': async (world) => ({ filter: { actorId: await user(world) } }),
  'auditEvents(filter.resourceId)': async (world) => ({ filter: { resourceId: await verification(world) } }),
  'auditExport(id)': async (world) => ({ id: await one(world, '{ auditExports { nodes { id } } }') }),
  'export(id)': async (world) => ({ id: await one(world, '{ exports { nodes { id } } }') }),
  'auditHistory(resource.id)': async (world) => ({ resource: { type: 'AuditVerification', id: await verification(world) } }),
  'auditProof(eventId)': async ({ audit }) => {
    const { rows: [row] } = await audit.admin.query<{ id: string }>('select id from compliance.audit_event where tenant_id = $1 order by occurred_at limit 1', [VICTIM]);
    const [eventId, by] = [encodeId('aud', row?.id ?? ''), await audit.token(OWNER)];
    const proved = async (): Promise<boolean> => (await audit.query<{ auditProof: unknown }>('query ($eventId: ID!) { auditProof(eventId: $eventId) { __typename } }', by, { eventId })).auditProof !== null;
    await until(proved, 'a checkpoint covers an event', 15_000);
    return { eventId };
  },
  'auditVerification(id)': async (world) => ({ id: await verification(world) }),
  'bot(id)': async ({ audit }) => {
    const { payload } = await audit.send('botCreate', { by: await audit.token(OWNER), input: { name: 'Night porter' }, select: 'bot { id }' });
    return { id: (payload?.['bot'] as { id: string }).id };
  },
  'contact(id)': async (world) => ({ id: await one(world, '{ contacts { nodes { id } } }') }),
  'conversation(id)': async (world) => ({ id: await conversation(world) }),
  'conversations(filter.inboxId)': async (world) => ({ filter: { inboxId: await inbox(world) } }),
  'conversations(filter.assigneeId)': async (world) => {
    const id = await user(world);
    await world.audit.admin.query('update conversations.conversation set assignee_id = $1 where tenant_id = $2', [decodeId('user', id), VICTIM]);
    return { filter: { assigneeId: id } };
  },
  'conversations(filter.inboxIds)': async (world) => ({ filter: { inboxIds: [await inbox(world)] } }),
  'conversations(filter.labelsAnyOf)': async (world) => ({ filter: { labelsAnyOf: [await label(world)] } }),
  'conversations(filter.labelsAllOf)': async (world) => ({ filter: { labelsAllOf: [await label(world)] } }),
  'conversations(filter.teamIds)': async (world) => ({ filter: { teamIds: [await team(world)] } }),
  'team(id)': async (world) => ({ id: await team(world) }),
  'customIntegration(id)': async ({ audit }) => {
    const { customIntegration } = await audit.done('customIntegrationCreate', { by: await audit.token(OWNER), input: { name: `CRM ${randomUUID()}`, kind: 'CRM', url: 'https://crm.example.com/' }, select: 'customIntegration { id }' });
    return { id: (customIntegration as { id: string }).id };
  },
  'cart(id)': async ({ audit }) => ({ id: (await sold.filled(audit)).id }),
  'menu(categoryId)': async ({ audit }) => ({ categoryId: (await sold.dishes(audit)).id }),
  'payment(id)': async ({ audit }) => ({ id: await taken.paid(audit) }),
  'product(id)': async ({ audit }) => ({ id: (await sold.product(audit)).id }),
  'products(filter.categoryId)': async ({ audit }) => ({ filter: { categoryId: (await sold.dishes(audit)).id } }),
  'stockMovements(variantId)': async ({ audit }) => ({ variantId: (await sold.counted(audit)).id }),
  'customer(id)': async (world) => ({ id: await customer(world) }),
  'messageSearch(filter.conversationId)': async (world) => ({ query: 'hello', filter: { conversationId: await conversation(world) } }),
  'messageSearch(filter.inboxId)': async (world) => ({ query: 'hello', filter: { inboxId: await inbox(world) } }),
  'messageTemplates(inboxId)': async (world) => ({ inboxId: await inbox(world) }),
  'node(id)': async (world) => ({ id: await conversation(world) }),
  'nodes(ids)': async (world) => ({ ids: [await conversation(world), await customer(world), await user(world)] }),
  'webhookDeliveries(filter.inboxId)': async (world) => ({ filter: { inboxId: await inbox(world) } }),
  'inboxConnect(id)': async ({ audit }) => {
    const { id, token } = await agreed(audit);
    return { id, token };
  },
  'webhookDelivery(id)': async (world) => ({ id: await one(world, '{ webhookDeliveries { nodes { id } } }') }),
  'tenant(id)': () => ({ id: encodeId('tnt', VICTIM) }),
  'tenantExport(id)': async ({ audit }) => {
    const { tenantExport } = await audit.done('tenantExportRequest', { by: await audit.token(OWNER), input: { idempotencyKey: randomUUID() }, select: 'tenantExport { id }' });
    return { id: (tenantExport as { id: string }).id };
  },
  'waitlist(venueId)': async ({ audit }) => ({ venueId: (await waitingAt(audit)).venueId }),
  'waitlistEntry(id)': async ({ audit }) => ({ id: (await waitingAt(audit)).id }),
  'venue(id)': async ({ audit }) => ({ id: (await venueOf(audit)).id }),
  'blockedPeriods(venueId)': async ({ audit }) => {
    const { id } = await venueOf(audit);
    await audit.done('blockedPeriodCreate', { by: await audit.token(OWNER), input: { venueId: id, startsAt: noonIn(5), endsAt: noonIn(6) } });
    return { venueId: id };
  },
  'availability(venueId)': async ({ audit }) => ({ venueId: (await venueOf(audit)).id, date: noonIn(3).slice(0, 10), partySize: 2 }),
  'availability(areaId)': async ({ audit }) => {
    const { id, areaId } = await venueOf(audit);
    return { venueId: id, areaId, date: noonIn(3).slice(0, 10), partySize: 2 };
  },
  'reservation(id)': async ({ audit }) => ({ id: (await heldBy(audit)).id }),
  'reservations(venueId)': async ({ audit }) => ({ venueId: (await heldBy(audit)).venue.id, date: noonIn(3).slice(0, 10) }),
  'payments(filter.orderId)': async ({ audit }) => {
    const by = await audit.token(OWNER);
    const { payment } = await audit.query<{ payment: { order: { id: string } } }>('query ($id: ID!) { payment(id: $id) { order { id } } }', by, { id: await taken.paid(audit) });
    return { filter: { orderId: payment.order.id } };
  },
  'webhookEndpoint(id)': async ({ audit }) => ({ id: await endpointOf(audit) }),
  'webhookMessage(id)': async ({ audit }) => ({ id: (await messageOf(audit)).id }),
  'order(id)': async (world) => ({ id: await order(world) }),
};

/** What the platform may see of any tenant. */
export const shownToPlatform: ReadonlySet<string> = new Set(['tenant(id)']);

/** Arguments that are not ids, of fields that must have them. */
export const otherArguments: Readonly<Record<string, Variables>> = {
  messageSearch: { query: 'hello' },
  hasPermission: { permission: 'order:read' }, auditConsistency: { from: '1', to: '2' },
  accessExplain: { permission: 'order:read' }, tenantErasure: { tenantId: encodeId('tnt', VICTIM) },
};
