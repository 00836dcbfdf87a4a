// No job that names a row of one tenant under another one's id touches it: tried for each job there is, with the right tenant as the control.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { commerceDoor } from '../../subgraphs/commerce/public.js';
import { complianceDoor } from '../../subgraphs/compliance/public.js';
import { compliance } from '../../subgraphs/compliance/subgraph.js';
import { conversationsDoor } from '../../subgraphs/conversations/public.js';
import { identityDoor } from '../../subgraphs/identity/public.js';
import { tenancyDoor } from '../../subgraphs/tenancy/public.js';
import { demoTenancy } from '../../subgraphs/tenancy/demo.js';
import { tenancy, type TenancyServices } from '../../subgraphs/tenancy/subgraph.js';
import { encodeId, decodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { processedJobs, processors } from '../../workers/registry.js';
import { TestConversations, textBody } from '../kit/conversations.js';
import { AURORA, RIVAL, TestIdentity } from '../kit/identity.js';
import { stripeEvent, TestPayments } from '../kit/payments.js';
import { TestMedia } from '../kit/media.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';
import { NO_GRAPH, OF_A_TENANT } from './crossing.jobs.cases.js';

/** Makes work of the victim's for one job. @returns its payload, as the relay or the sweeper would write it */
type JobCase = (victim: string) => Promise<Record<string, unknown>>;

/** What a payload calls the tenant. */
const TENANT = ['tenantId', 'home', 'stream'];
const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-crossing-'));
let house: TestConversations;
let people: TestIdentity;
let trail: TestSubgraph<Parameters<typeof complianceDoor>[0]>;
let tenants: TestSubgraph<TenancyServices>;
let till: TestPayments;
const admins = new Map<string, Client>();
const pools = new Map<string, Pool>();
let all: ReturnType<typeof processors>;
let conversationId = '';
let victor = '';

beforeAll(async () => {
  [house, people] = [await TestConversations.boot({ sending: true, config: { dataDir } }), await TestIdentity.boot()];
  [trail, tenants] = [await bootSubgraph(compliance, { config: { dataDir } }), await bootSubgraph(tenancy, { config: { dataDir } })];
  till = await TestPayments.boot();
  await demoTenancy(tenants.running.services, demoTenancyFacts);
  for (const [name, { database }] of Object.entries({ conversations: house.subject, identity: people.subject, compliance: trail, tenancy: tenants, commerce: till.shop.subject })) {
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    admins.set(name, admin);
    pools.set(name, new Pool({ connectionString: database.urls.system, max: 1 }));
  }
  all = processors({
    conversations: conversationsDoor(house.services), identity: identityDoor(people.subject.running.services), compliance: complianceDoor(trail.running.services, [], NO_GRAPH),
    tenancy: tenancyDoor(tenants.running.services), commerce: commerceDoor(till.shop.subject.running.services),
  }, (schema) => pools.get(schema) as Pool);
  conversationId = await house.conversation('15550001111');
  victor = people.userIds.get('viewer@demo.test') ?? '';
});
afterAll(async () => {
  for (const one of [...admins.values(), ...pools.values()]) await one.end();
  await house?.close();
  await people?.close();
  await trail?.close();
  await tenants?.close();
  await till?.close();
  await rm(dataDir, { recursive: true });
});

const attention: JobCase = async (tenantId) => {
  const dedupeKey = newId();
  const payload = { kind: 'MESSAGE_FAILED', userIds: [], permission: 'conversation:create', subjectId: encodeId('conv', conversationId), params: { conversation: 1 }, dedupeKey };
  await house.admin.query('insert into conversations.attention_request values ($1, $2, $3, now())', [tenantId, dedupeKey, payload]);
  return { tenantId, dedupeKey };
};
const removal: JobCase = async (tenantId) => {
  await people.rows(`update identity.membership set removal_announced_at = '2026-11-20' where tenant_id = $1 and user_id = $2`, [tenantId, victor]);
  return { tenantId, userId: victor };
};
const member: JobCase = async (tenantId) => {
  await people.rows(`update identity.membership set state_announced_at = 'epoch' where tenant_id = $1 and user_id = $2`, [tenantId, victor]);
  return { tenantId, userId: victor };
};
const keys: JobCase = async (tenantId) => ({ tenantId, rotationId: newId(), requested: true });
const rotation: JobCase = async (tenantId) => {
  const query = '{ tenantKeyRotation { id } }';
  await tenants.ask('mutation { tenantKeyRotate(input: {}) { rotation { id } } }', {}, person(tenantId, ['settings:update']));
  const { data } = await tenants.ask(query, {}, person(tenantId, ['settings:read']));
  const { id } = data?.['tenantKeyRotation'] as { id: string };
  return { tenantId, rotationId: decodeId('tkr', id), subgraph: 'identity', resealed: 1, unreadable: 0 };
};
const alert: JobCase = async (tenantId) => {
  const dedupeKey = newId();
  await admins.get('tenancy')?.query(`insert into tenancy.usage_alert (tenant_id, name, starts_at, percent, payload, announced_at) values ($1, 'USERS', now(), 80, $2, now())`, [tenantId, { dedupeKey }]);
  return { tenantId, dedupeKey };
};
/** An endpoint with something due, which leads inside: nothing is called. */
const hooked: JobCase = async (tenantId) => {
  const by = person(tenantId, ['webhook:manage']);
  const { data } = await tenants.ask('mutation { webhookEndpointCreate(input: { url: "https://till.example.com/" }) { webhookEndpoint { id } } }', {}, by);
  const { webhookEndpoint } = data?.['webhookEndpointCreate'] as { webhookEndpoint: { id: string } };
  await tenants.ask('mutation ($id: ID!) { webhookEndpointTest(input: { webhookEndpointId: $id }) { webhookMessage { id } } }', { id: webhookEndpoint.id }, by);
  const endpointId = decodeId('whep', webhookEndpoint.id);
  await admins.get('tenancy')?.query(`update tenancy.webhook_endpoint set url = 'https://10.0.0.1/' where id = $1`, [endpointId]);
  return { tenantId, endpointId };
};
const inboxBot: JobCase = async (tenantId) => {
  const inboxId = newId();
  await admins.get('tenancy')?.query(`insert into tenancy.inbox_bot (tenant_id, inbox_id, bot_id, revision, announced_at) values ($1, $2, $2, 1, 'epoch')`, [tenantId, inboxId]);
  return { tenantId, inboxId, revision: 1 };
};
const exporting: JobCase = async (tenantId) => {
  const [exportId, admin] = [newId(), admins.get('tenancy')];
  await admin?.query('delete from tenancy.tenant_export where tenant_id = $1', [tenantId]);
  await admin?.query(`insert into tenancy.tenant_export (tenant_id, id, state, requested_by, idempotency_key, requested_at, due_at) values ($1, $2, 'COLLECTING', '', $3, now(), now())`, [tenantId, exportId, exportId]);
  return { tenantId, exportId };
};
/** A mutation of compliance that starts a run. @returns the UUID of the run */
async function run(tenant: string, field: string, input: Record<string, unknown>, [select, prefix]: [string, string]): Promise<string> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await trail.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} { id } } }`, { input }, person(tenant, ['audit:read', 'audit:export', 'data:export']));
  if (errors) throw new Error(JSON.stringify(errors));
  return decodeId(prefix, (data?.[field] as Record<string, { id: string }>)[select]?.id ?? '') ?? '';
}

/** A reservation at a table of the victim's. */
const booked = async (tenantId: string, status: string, heldUntil: string | null): Promise<string> => {
  const [admin, id] = [admins.get('commerce'), newId()];
  await admin?.query(`insert into commerce.venue (tenant_id, id, name, time_zone, slot_minutes, lead_minutes, cancel_minutes, days_ahead, confirms_by_hand, stays, created_at)
    values ($1, $2, 'v', 'UTC', 30, 0, 0, 90, false, '[{"upTo":2,"minutes":60}]', now())`, [tenantId, id]);
  await admin?.query(`insert into commerce.reservation (tenant_id, id, venue_id, status, party_size, starts_at, ends_at, held_until, idempotency_key, request_hash, created_at)
    values ($1, $2, $2, $3, 2, now() + interval '1 day', now() + interval '25 hours', $4, $5, '', now())`, [tenantId, id, status, heldUntil, id]);
  return id;
};
/** A payment that was made at the provider, and of which nobody has told us. */
async function unheard(): Promise<{ id: string; external: string }> {
  const { id } = (await till.create(await till.order())).payment as { id: string };
  const external = await till.external(id);
  await till.script('/_authenticate', { id: external });
  return { id: decodeId('pay', id) ?? '', external };
}

const cases: Readonly<Record<string, JobCase>> = {
  'commerce.offerWaitlist': async (tenantId) => {
    const venueId = await booked(tenantId, 'CONFIRMED', null);
    await admins.get('commerce')?.query(`insert into commerce.waitlist_entry (tenant_id, id, venue_id, status, party_size, earliest_at, latest_at, looked_at, idempotency_key, request_hash, created_at)
      values ($1, $2, $3, 'WAITING', 2, now() - interval '2 hours', now() - interval '1 hour', now(), $4, '', now())`, [tenantId, newId(), venueId, venueId]);
    return { tenantId, venueId };
  },
  'commerce.remind': async (tenantId) => {
    const reservationId = await booked(tenantId, 'CONFIRMED', null);
    await admins.get('commerce')?.query(`insert into commerce.reservation_reminder (tenant_id, reservation_id, kind, due_at) values ($1, $2, 'H24', now())`, [tenantId, reservationId]);
    return { tenantId, reservationId, kind: 'H24' };
  },
  'commerce.noteReminder': async (tenantId) => {
    const reservationId = await booked(tenantId, 'CONFIRMED', null);
    await admins.get('commerce')?.query(`insert into commerce.reservation_reminder (tenant_id, reservation_id, kind, due_at, sent_at, told_at) values ($1, $2, 'H24', now(), now(), now())`, [tenantId, reservationId]);
    const [row] = await till.shop.rows<{ at: Date }>('select starts_at as at from commerce.reservation where id = $1', [reservationId]);
    return { tenantId, reservationId, kind: 'H24', startsAt: row?.at.toISOString(), outcome: 'SENT' };
  },
  'commerce.expireHold': async (tenantId) => ({ tenantId, reservationId: await booked(tenantId, 'HELD', '2026-11-20') }),
  'conversations.ingest': async (tenantId) => {
    await house.receive(textBody({ id: `wamid.${newId()}`, text: 'Hello', from: '15550002222', name: 'Ana' }));
    return { tenantId, deliveryId: (await house.waiting())[0]?.id };
  },
  'conversations.send': async (tenantId) => ({ tenantId, conversationId, messageId: await house.queue(conversationId, 'Hello') }),
  'conversations.fetchMedia': async (tenantId) => {
    // An address that is not called: it is given up at once.
    const { row } = await new TestMedia(house).receive({ url: 'http://127.0.0.1/' });
    return { tenantId, attachmentId: row.id };
  },
  'conversations.removeMedia': async (tenantId) => {
    const attachmentId = newId();
    await house.rows(`insert into conversations.attachment (tenant_id, id, inbox_id, source, state, due_at, created_at) values ($1, $2, $3, 'CHANNEL', 'GONE', now(), now())`, [tenantId, attachmentId, house.inboxId]);
    return { tenantId, attachmentId };
  },
  'conversations.announceAttention': attention,
  'conversations.confirmAttention': attention,
  'conversations.refreshToken': async (tenantId) => {
    await house.admin.query(`update conversations.inbox set token_expires_at = now() + interval '1 day', token_tried_at = null where id = $1`, [house.inboxId]);
    return { tenantId, inboxId: house.inboxId };
  },
  'conversations.noteAddress': async (tenantId) => {
    await house.admin.query('update conversations.inbox set external_id = null, address_due_at = now() where id = $1', [house.inboxId]);
    return { tenantId, inboxId: house.inboxId };
  },
  'conversations.release': async (tenantId) => {
    const userId = newId();
    await house.admin.query('update conversations.conversation set assignee_id = $2 where tenant_id = $1', [tenantId, userId]);
    return { tenantId, userId };
  },
  'conversations.wake': async (tenantId) => {
    await house.admin.query(`update conversations.conversation set status = 'SNOOZED', resolved_at = null, snoozed_until = now() - interval '1 second' where tenant_id = $1 and id = $2`, [tenantId, conversationId]);
    return { tenantId, conversationId };
  },
  'conversations.removeLabel': async (tenantId) => {
    const labelId = newId();
    await house.admin.query(`insert into conversations.label (tenant_id, id, name, color, created_at, deleted_at) values ($1, $2, 'gone', '#aabbcc', now(), now())`, [tenantId, labelId]);
    await house.admin.query('insert into conversations.conversation_label values ($1, $2, $3, now())', [tenantId, conversationId, labelId]);
    return { tenantId, labelId };
  },
  'conversations.noteColleague': async (tenantId) => ({ tenantId, userId: newId(), status: 'ACTIVE', revision: 1 }),
  'conversations.notePresence': async (tenantId) => ({ tenantId, userId: newId(), status: 'ONLINE', saidAt: new Date().toISOString(), endsAt: new Date(Date.now() + 90_000).toISOString() }),
  'conversations.giveOut': async (tenantId) => {
    const userId = newId();
    await house.admin.query(`insert into conversations.colleague (tenant_id, user_id, status, revision) values ($1, $2, 'ACTIVE', 1)`, [tenantId, userId]);
    await house.admin.query(`insert into conversations.colleague_presence (tenant_id, user_id, status, said_at, ends_at) values ($1, $2, 'ONLINE', now(), now() + interval '1 day')`, [tenantId, userId]);
    await house.admin.query(`insert into conversations.inbox_assignment (tenant_id, inbox_id, mode, pick, fair_limit, fair_seconds, looked_at) values ($1, $2, 'ROUND_ROBIN', 'EARLIEST_CREATED', 100, 3600, now())`, [tenantId, house.inboxId]);
    await house.admin.query('insert into conversations.inbox_agent (tenant_id, inbox_id, user_id) values ($1, $2, $3)', [tenantId, house.inboxId, userId]);
    await house.admin.query(`update conversations.conversation set status = 'OPEN', snoozed_until = null, resolved_at = null, assignee_id = null where tenant_id = $1`, [tenantId]);
    return { tenantId, inboxId: house.inboxId };
  },
  'conversations.remindGuest': async (tenantId) => (
    { tenantId, reservationId: newId(), kind: 'H24', startsAt: new Date(Date.now() + 86_400_000).toISOString(), conversationId, contactIds: [], venue: 'Trattoria', timeZone: 'UTC', partySize: 2 }),
  'conversations.noteInboxBot': async (tenantId) => ({ tenantId, inboxId: house.inboxId, botId: newId(), revision: 1 }),
  'tenancy.announceInboxBot': inboxBot,
  'tenancy.confirmInboxBot': inboxBot,
  'identity.announceMember': member,
  'identity.confirmMember': async (tenantId) => ({ ...await member(tenantId), revision: (await people.rows<{ n: number }>('select state_revision as n from identity.membership where tenant_id = $1 and user_id = $2', [tenantId, victor]))[0]?.n }),
  'identity.mail': async () => {
    await people.subject.ask('mutation { passwordForgot(input: { email: "viewer@demo.test" }) { userErrors { code } } }');
    const [mail] = await people.rows<{ id: string; home: string }>(`select id, tenant_id as home from identity.mail where state = 'QUEUED' limit 1`);
    return { home: mail?.home, mailId: mail?.id };
  },
  'identity.announceRemoval': removal,
  'identity.confirmRemoval': removal,
  'identity.notify': async (tenantId) => ({
    tenantId,
    request: { kind: 'MESSAGE_FAILED', userIds: [victor], permission: 'conversation:read', subjectId: encodeId('conv', conversationId), params: { conversation: 1 }, dedupeKey: newId() },
  }),
  'identity.rotateKeys': keys,
  'conversations.rotateKeys': keys,
  'compliance.rotateKeys': keys,
  'commerce.rotateKeys': keys,
  'commerce.settlePayment': async (tenantId) => ({ tenantId, paymentId: (await unheard()).id }),
  'commerce.readPaymentWebhook': async (tenantId) => {
    const { external } = await unheard();
    await till.hook(stripeEvent('payment_intent.succeeded', { id: external, object: 'payment_intent' }));
    const [row] = await till.shop.rows<{ id: string }>(`select id from commerce.payment_webhook where external_id = $1`, [external]);
    return { tenantId, webhookId: row?.id };
  },
  'tenancy.sendWebhooks': hooked,
  'tenancy.rotateKeys': async (tenantId) => {
    await hooked(tenantId);
    return keys(tenantId);
  },
  'tenancy.announceKeyRotation': rotation,
  'tenancy.confirmKeyRotation': rotation,
  'tenancy.confirmAlert': alert,
  'tenancy.runExport': exporting,
  'tenancy.noteExportPart': async (tenantId) => (
    { ...await exporting(tenantId), subgraph: 'commerce', attempt: 1, part: { files: 0, rows: 0, bytes: 0, indexSha256: '' }, failure: null }),
  'compliance.verify': async (stream) => ({ stream, verificationId: await run(stream, 'auditVerificationRequest', {}, ['verification', 'avf']) }),
  'compliance.exportList': async (tenantId) => ({ tenantId, exportId: await run(tenantId, 'exportCreate', { operation: '{ auditEvents { nodes { id } } }', format: 'CSV', idempotencyKey: newId() }, ['export', 'exp']) }),
  'compliance.export': async (stream) => ({ stream, exportId: await run(stream, 'auditExportRequest', { format: 'CSV', idempotencyKey: newId() }, ['auditExport', 'aexp']) }),
};

/** Everything a schema holds that is not the other tenant's. */
async function rowsBut(schema: string, tenant: string): Promise<string> {
  const admin = admins.get(schema) as Client;
  const { rows: tables } = await admin.query<{ name: string }>(`select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema = $1 order by 1`, [schema]);
  const digests: string[] = [];
  for (const { name } of tables) {
    const { rows } = await admin.query<{ digest: string }>(
      `select '${name} ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest from ${name} t where to_jsonb(t)->>'tenant_id' is distinct from $1`, [tenant]);
    digests.push(rows[0]?.digest ?? '');
  }
  return digests.join('\n');
}

let tried = 0;

describe.each(processedJobs.filter(({ name }) => !OF_A_TENANT.includes(name)))('$name', ({ name }) => {
  it('touches nothing of the tenant it is not told', async () => {
    const prepare = cases[name];
    if (!prepare) throw new Error(`The job ${name} names a row and has no case: add one to test/contract/crossing.jobs.test.ts.`);
    const [schema = ''] = name.split('.');
    const [victim, attacker] = schema === 'conversations' ? [house.tenantId, newId()] : schema === 'commerce' ? [till.shop.tenantId, newId()] : [AURORA, RIVAL];
    const { run: process } = all.find(({ job }) => job.name === name) ?? { run: () => Promise.reject(new Error('no processor')) };
    const payload = await prepare(victim);
    const tenant = TENANT.find((key) => key in payload) ?? '';
    const before = await rowsBut(schema, attacker);
    // Finding nothing may be an error to a job: what matters is what it has touched.
    const outcome = await process({ ...payload, [tenant]: attacker }).then(() => 'ended', (error: Error) => error.message);
    expect({ outcome, rows: await rowsBut(schema, attacker) }).toEqual({ outcome, rows: before });
    // The control: the same work under its own tenant.
    await process(payload);
    expect(await rowsBut(schema, attacker)).not.toBe(before);
    tried += 1;
  });
});

it('tried every job that names a row', () => {
  process.stdout.write(`crossings: ${tried} jobs tried, found 0\n`);
  expect(tried).toBe(processedJobs.length - OF_A_TENANT.length);
  expect(OF_A_TENANT.filter((name) => !processedJobs.some((job) => job.name === name))).toEqual([]);
});
