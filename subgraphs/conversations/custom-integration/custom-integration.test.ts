// Integrations of a tenant's own: managed, signed for, and asked for cards of contacts as often as they stand it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CARDS_PATH, startCrmStandIn, type CrmAsked } from '../../../ops/standins/crm.js';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };
interface Card { title: string | null; url: string | null; fields: { label: string; value: string; url: string | null }[]; problem: string | null; answeredAt: string | null; integration: { name: string } }

const CARD = 'cards { title url fields { label value url } problem answeredAt integration { id name } }';
let house: TestConversations;
let crm: StandIn;
let manager: Actor;
let agent: Actor;

async function ask(field: string, input: Record<string, unknown>, select: string, by = manager): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const refusal = async (field: string, input: Record<string, unknown>, by = manager): Promise<unknown[]> =>
  (await ask(field, input, '__typename', by)).userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
const script = (path: string, body: unknown) => fetch(crm.url + path, { method: 'PUT', body: JSON.stringify(body) });
const asked = async (): Promise<CrmAsked[]> => (await fetch(`${crm.url}/_sent`)).json() as Promise<CrmAsked[]>;
const made = async (name: string, url = crm.url + CARDS_PATH): Promise<{ id: string; secret: string }> => {
  const answer = await ask('customIntegrationCreate', { name, kind: 'CRM', url }, 'customIntegration { id } signingSecret');
  expect(answer.userErrors).toEqual([]);
  return { id: (answer['customIntegration'] as { id: string }).id, secret: String(answer['signingSecret']) };
};
const contact = async (email: string, more: object = {}): Promise<string> =>
  ((await ask('contactCreate', { name: 'Ana', email, ...more }, 'contact { id }', agent))['contact'] as { id: string }).id;
const refresh = async (contactId: string, by = agent): Promise<Card[]> => {
  const answer = await ask('contactCardsRefresh', { contactId }, `contact { ${CARD} }`, by);
  expect(answer.userErrors).toEqual([]);
  return (answer['contact'] as { cards: Card[] }).cards;
};
const remove = (customIntegrationId: string) => ask('customIntegrationDelete', { customIntegrationId }, 'customIntegrationId');

beforeAll(async () => {
  [house, crm] = await Promise.all([TestConversations.boot({ config: { callbacksToLoopback: true } }), startCrmStandIn()]);
  manager = person(house.tenantId, ['conversation:read', 'inbox:read', 'inbox:manage']);
  agent = person(house.tenantId, ['conversation:read', 'contact:update', 'contact:merge']);
});
afterAll(async () => {
  await crm?.close();
  await house?.close();
});

describe('an integration', () => {
  it('is made by a name that no other has, at an address of the public internet, ten times at most', async () => {
    const { id, secret } = await made(' Our CRM ');
    expect(secret).toMatch(/^whsec_/);
    expect(await refusal('customIntegrationCreate', { name: 'OUR crm', kind: 'POS', url: 'https://crm.example.com/' })).toEqual([['CustomIntegrationNameTaken', 'input.name']]);
    for (const url of ['', 'nonsense', 'http://crm.example.com/', 'https://10.0.0.1/', 'https://169.254.169.254/latest', 'https://a:b@crm.example.com/', 'https://database.internal/', 'javascript:alert(1)', `https://crm.example.com/${'x'.repeat(2_048)}`]) {
      expect([url.slice(0, 40), ...await refusal('customIntegrationCreate', { name: 'Inside', kind: 'CRM', url })]).toEqual([url.slice(0, 40), ['InputInvalid', 'input.url']]);
    }
    for (const name of ['', ' ', 'x'.repeat(101), 'a\0b']) expect(await refusal('customIntegrationCreate', { name, kind: 'CRM', url: 'https://crm.example.com/' })).toEqual([['InputInvalid', 'input.name']]);
    const others = await Promise.all(Array.from({ length: 9 }, (_, n) => made(`Number ${n}`)));
    expect(await refusal('customIntegrationCreate', { name: 'Eleven', kind: 'CRM', url: 'https://crm.example.com/' })).toEqual([['CustomIntegrationLimitReached', undefined]]);
    const { data } = await house.ask('{ customIntegrations(first: 2) { nodes { name kind state failures lastTest { passed } } pageInfo { hasNextPage endCursor } } }', {}, manager);
    expect(data).toMatchObject({ customIntegrations: { nodes: [{ name: 'Number 0', kind: 'CRM', state: 'ACTIVE', failures: 0, lastTest: null }, { name: 'Number 1' }], pageInfo: { hasNextPage: true } } });
    for (const one of [{ id }, ...others]) expect((await remove(one.id)).userErrors).toEqual([]);
    expect(await refusal('customIntegrationDelete', { customIntegrationId: id })).toEqual([['CustomIntegrationNotFound', 'input.customIntegrationId']]);
  });

  it('is tested, takes a new secret while the old one holds, and is shown among all connections', async () => {
    const { id: customIntegrationId, secret } = await made('Tested');
    const test = async () => (await ask('customIntegrationTest', { customIntegrationId }, 'test { passed code message }'))['test'];
    const problems = async () => {
      const { data } = await house.ask('{ integrationStatus(first: 100) { nodes { problems inbox { id } customIntegration { id } } } }', {}, manager);
      return (data as { integrationStatus: { nodes: { problems: string[]; customIntegration: { id: string } | null }[] } }).integrationStatus.nodes.find((one) => one.customIntegration?.id === customIntegrationId)?.problems;
    };
    expect(await test()).toEqual({ passed: false, code: 'http-401', message: 'The integration answered HTTP 401.' });
    expect(await problems()).toEqual(['TEST_FAILED']);
    await script('/_secrets', [secret]);
    expect(await test()).toEqual({ passed: true, code: null, message: null });
    expect(await problems()).toEqual([]);
    const rotate = async (overlapHours: number) => String((await ask('customIntegrationSecretRotate', { customIntegrationId, overlapHours }, 'signingSecret'))['signingSecret']);
    const fresh = await rotate(1);
    expect(await test()).toMatchObject({ passed: true });
    await script('/_secrets', [fresh]);
    expect(await test()).toMatchObject({ passed: true });
    house.clock.advance(2 * 3_600_000);
    await script('/_secrets', [secret]);
    expect(await test()).toMatchObject({ passed: false });
    expect(await refusal('customIntegrationSecretRotate', { customIntegrationId, overlapHours: 169 })).toEqual([['InputInvalid', 'input.overlapHours']]);
    await ask('customIntegrationDisable', { customIntegrationId }, '__typename');
    expect(await problems()).toEqual(['DISABLED', 'TEST_FAILED']);
    await remove(customIntegrationId);
    expect(await problems()).toBeUndefined();
  });

  it('of another tenant is not there, and of one\'s own is managed by who may', async () => {
    const { id: customIntegrationId } = await made('Walls');
    const rival = person(newId(), ['conversation:read', 'inbox:read', 'inbox:manage']);
    for (const field of ['Update', 'Test', 'SecretRotate', 'Disable', 'Enable', 'Delete']) {
      expect(await refusal(`customIntegration${field}`, { customIntegrationId }, rival)).toEqual([['CustomIntegrationNotFound', 'input.customIntegrationId']]);
      await expect(ask(`customIntegration${field}`, { customIntegrationId }, '__typename', agent)).rejects.toThrow('inbox:manage');
    }
    const seen = (by: Actor) => house.ask('query ($id: ID!) { customIntegration(id: $id) { name } customIntegrations { nodes { name } } }', { id: customIntegrationId }, by);
    expect((await seen(rival)).data).toEqual({ customIntegration: null, customIntegrations: { nodes: [] } });
    const known = await contact('walls@example.com');
    expect(await refusal('contactCardsRefresh', { contactId: known }, rival)).toEqual([['ContactNotFound', 'input.contactId']]);
    expect(JSON.stringify(await house.rows('select * from conversations.custom_integration'))).not.toContain('whsec_');
    await remove(customIntegrationId);
  });
});

describe('a card', () => {
  let customIntegrationId: string;
  beforeAll(async () => {
    const { id, secret } = await made('Cards');
    customIntegrationId = id;
    await script('/_secrets', [secret]);
    await script('/_cards', { 'known@example.com': { title: 'Ana Anders', url: 'https://crm.example.com/7', fields: [{ label: 'Since', value: ' 2019 ' }, { label: 'Open', value: '3', url: 'https://crm.example.com/7/open', other: 1 }] } });
  });

  it('is asked for by what is known of the contact, kept, and not asked again within a minute', async () => {
    const id = await contact('known@example.com', { phone: '+4930123456', identifier: 'c-7' });
    const before = (await asked()).length;
    const card = { title: 'Ana Anders', url: 'https://crm.example.com/7', fields: [{ label: 'Since', value: '2019', url: null }, { label: 'Open', value: '3', url: 'https://crm.example.com/7/open' }], problem: null, integration: { name: 'Cards' } };
    expect(await refresh(id)).toMatchObject([card]);
    expect((await asked()).slice(before).map(({ body }) => body)).toEqual([{ type: 'contact.card', contact: { id, name: 'Ana', email: 'known@example.com', identifier: 'c-7', phones: ['+4930123456'] } }]);
    await Promise.all([refresh(id), refresh(id)]);
    expect(await asked()).toHaveLength(before + 1);
    house.clock.advance(61_000);
    await refresh(id);
    expect(await asked()).toHaveLength(before + 2);
    const read = await house.ask(`query ($id: ID!) { contact(id: $id) { ${CARD} } }`, { id }, agent);
    expect(read.data).toMatchObject({ contact: { cards: [card] } });
    expect((await house.ask('query ($id: ID!) { contact(id: $id) { cards { integration { url } } } }', { id }, agent)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('says that nobody is known, and stays as it was when the integration fails, which is left alone for a while then', async () => {
    const [nobody, ana] = [await contact('nobody@example.com'), await contact('third@example.com')];
    expect(await refresh(nobody)).toMatchObject([{ title: null, fields: [], problem: null, answeredAt: expect.any(String) }]);
    await script('/_cards', { 'third@example.com': { title: 'Third' } });
    expect(await refresh(ana)).toMatchObject([{ title: 'Third' }]);
    const wrong: [string, object, RegExp][] = [
      ['an error', { status: 500 }, /HTTP 500/], ['no JSON object', { body: [] }, /HTTP 200/], ['no title', { body: { card: { fields: [] } } }, /card\.title/],
      ['an address that runs', { body: { card: { title: 'x', url: 'javascript:alert(1)' } } }, /card\.url/], ['too many fields', { body: { card: { title: 'x', fields: Array.from({ length: 31 }, () => ({ label: 'a', value: 'b' })) } } }, /card\.fields/],
      ['no card', { body: {} }, /card/], ['a redirect', { status: 302 }, /HTTP 302/], ['nothing', { drop: 'before' }, /no complete answer/],
    ];
    for (const [name, next, problem] of wrong) {
      house.clock.advance(400_000);
      await script('/_next', [next]);
      expect([name, ...await refresh(ana)]).toMatchObject([name, { title: 'Third', problem: expect.stringMatching(problem) }]);
    }
    const count = (await asked()).length;
    await refresh(ana);
    await refresh(nobody);
    expect(await asked()).toHaveLength(count);
    const { data } = await house.ask('query ($id: ID!) { customIntegration(id: $id) { failures lastFailure } integrationStatus(first: 100) { nodes { problems customIntegration { id } } } }', { id: customIntegrationId }, manager);
    expect(data).toMatchObject({ customIntegration: { failures: wrong.length, lastFailure: expect.stringMatching(/no complete answer/) }, integrationStatus: { nodes: expect.arrayContaining([{ problems: ['ANSWERS_FAILED'], customIntegration: { id: customIntegrationId } }]) } });
    house.clock.advance(400_000);
    expect(await refresh(ana)).toMatchObject([{ title: 'Third', problem: null }]);
  });

  it('goes with who it is about and with whose word it is, and is not shown while that is switched off', async () => {
    const id = await contact('known2@example.com');
    expect(await refresh(id)).toHaveLength(1);
    await ask('customIntegrationDisable', { customIntegrationId }, '__typename');
    expect(await refresh(id)).toEqual([]);
    await ask('customIntegrationEnable', { customIntegrationId }, '__typename');
    expect(await refresh(id)).toHaveLength(1);
    const other = await contact('merged@example.com');
    await ask('contactMerge', { keepId: id, mergeId: other }, 'merge { id }', agent);
    expect(await refusal('contactCardsRefresh', { contactId: other }, agent)).toEqual([['ContactMerged', 'input.contactId']]);
    expect(await refusal('contactCardsRefresh', { contactId: encodeId('cont', newId()) }, agent)).toEqual([['ContactNotFound', 'input.contactId']]);
    // Deleted while it is being asked: nothing comes back with its answer.
    house.clock.advance(61_000);
    await script('/_next', [{ delayMs: 300 }]);
    const late = ask('contactCardsRefresh', { contactId: id }, 'contact { cards { title } }', agent);
    await new Promise((done) => { setTimeout(done, 100); });
    await remove(customIntegrationId);
    expect(await late).toMatchObject({ contact: { cards: [] }, userErrors: [] });
    expect(await house.rows('select 1 from conversations.contact_card')).toEqual([]);
  });
});
