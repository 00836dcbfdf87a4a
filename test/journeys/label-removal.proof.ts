// A label goes under kill -9 at every named point of its removal: readers never see it again, every conversation loses it and is told of once.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DEMO_CONTACT, DEMO_INBOX, demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { labelCrashTable } from '../../subgraphs/conversations/label/label.crash.js';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { ask, deliver, signIn } from '../kit/client.js';
import { RestartedProduct } from '../kit/restarted.js';
import { until } from '../kit/until.js';

const AURORA = demoTenancyFacts.tenants[0]?.id ?? '';
/** Of three batches. */
const BEARERS = 250;
/** A job of who was killed is found by the next process. */
const PATIENCE_MS = 120_000;

let product: RestartedProduct;
beforeAll(() => { product = new RestartedProduct('label', PATIENCE_MS); });
afterAll(() => product?.end());

const rows = <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> => product.rows<Row>(text, values);
const borne = async (label: string): Promise<number> => (await rows('select from conversations.conversation_label where label_id = $1', [label])).length;
const found = async (url: string, token: string, labelId: string): Promise<number> => (await ask<{ conversations: { nodes: unknown[] } }>(
  url, 'query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }', { filter: { labelsAnyOf: [labelId] } }, token)).conversations.nodes.length;

it('is killed at every point, and ends with nobody who bears it and one event for each who did', async () => {
  const [first, second] = labelCrashTable.map(({ point }) => point) as [string, string];
  const running = await product.start(first);
  const { url } = running;
  const admin = await signIn(url, 'admin@demo.test');
  expect(await deliver(url, whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from: DEMO_CONTACT.whatsappId, name: DEMO_CONTACT.name, id: 'wamid.label', text: 'Hello' }))).toBe(200);
  const conversations = () => rows<{ id: string }>('select id from conversations.conversation where tenant_id = $1', [AURORA]);
  await until(async () => (await conversations()).length === 1, 'the conversation is there', PATIENCE_MS);
  await rows(`insert into conversations.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, last_seq, inbound_count, last_activity_at, created_at)
    select tenant_id, gen_random_uuid(), inbox_id, contact_id, 1000 + n, 'RESOLVED', 0, 0, now(), now() from conversations.conversation, generate_series(1, $2::int) n where tenant_id = $1`, [AURORA, BEARERS]);
  const { labelCreate } = await ask<{ labelCreate: { label: { id: string } } }>(url, 'mutation { labelCreate(input: { name: "gone", color: "#aabbcc" }) { label { id } } }', {}, admin);
  const { id: labelId } = labelCreate.label;
  const label = decodeId('lbl', labelId) ?? '';
  await rows('insert into conversations.conversation_label select tenant_id, id, $2, now() from conversations.conversation where tenant_id = $1 and display_number > 1000', [AURORA, label]);
  expect(await found(url, admin, labelId)).toBeGreaterThan(0);

  // Its worker dies of it, and with it, perhaps, the answer.
  await ask(url, 'mutation ($id: ID!) { labelDelete(input: { labelId: $id }) { labelId } }', { id: labelId }, admin).catch(() => undefined);
  await product.diesAt(first, running);
  expect(await borne(label)).toBe(BEARERS);
  await product.diesAt(second, await product.start(second));
  expect(await borne(label)).toBe(BEARERS - 100);

  const last = await product.start();
  const again = await signIn(last.url, 'admin@demo.test');
  expect(await found(last.url, again, labelId)).toBe(0);
  await until(async () => (await rows('select from conversations.label where id = $1', [label])).length === 0, 'the label is gone', PATIENCE_MS);
  expect(await borne(label)).toBe(0);
  await until(async () => (await rows('select from conversations.outbox')).length === 0, 'all of it was told', PATIENCE_MS);
  const told = await rows<{ n: number }>(`select count(*)::int as n from conversations.feed f join conversations.conversation c on c.tenant_id = f.tenant_id and c.id = f.stream_id
    where f.type = 'ConversationUpdated' and c.display_number > 1000 group by f.stream_id`);
  expect(told.map(({ n }) => n)).toEqual(Array.from({ length: BEARERS }, () => 1));
}, 600_000);
