// A person's own notifications through the port: reading, marking, choosing, and what is refused.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, TestIdentity } from '../../../test/kit/identity.js';
import { NOTIFICATION_KINDS } from './notification.kinds.js';
import { LANGUAGES, languageOf } from '../../kernel/base/language.js';
import { wordsOf } from './notification.texts.js';

const LIST = `query ($first: Int, $after: String, $unreadOnly: Boolean) { viewer { unreadNotifications
  notifications(first: $first, after: $after, unreadOnly: $unreadOnly) { nodes { id kind title text subjectId createdAt readAt } pageInfo { endCursor hasNextPage } } } }`;
const READ = `mutation ($input: NotificationMarkReadInput!) { notificationMarkRead(input: $input) {
  notifications { id readAt } userErrors { __typename code field } } }`;
const READ_ALL = `mutation ($input: NotificationsMarkAllReadInput!) { notificationsMarkAllRead(input: $input) { marked userErrors { __typename code field } } }`;
const PREFERENCES = '{ viewer { notificationPreferences { kind inApp email mandatory } } }';
const CHOOSE = `mutation ($input: NotificationPreferencesUpdateInput!) { notificationPreferencesUpdate(input: $input) {
  preferences { kind inApp email mandatory } userErrors { __typename code field } } }`;

interface Node { id: string; kind: string; title: string; text: string; subjectId: string | null; createdAt: string; readAt: string | null }
interface Listed { unreadNotifications: number; notifications: { nodes: Node[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }

let identity: TestIdentity;
let owner: Actor;
let both: Actor;
let key: Actor;
let count = 0;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  owner = await identity.actorOf((await identity.signIn('owner@demo.test')).accessToken);
  both = await identity.actorOf((await identity.signIn('both@demo.test', encodeId('tnt', AURORA))).accessToken);
  key = { ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() };
});
beforeEach(async () => { await identity.rows('truncate identity.notification, identity.notification_preference'); });
afterAll(() => identity?.close());

/** Tells `many` times. @returns the API ids of this person's, newest first */
async function tell(actor: Actor, many = 1): Promise<string[]> {
  for (let index = 0; index < many; index += 1) {
    await identity.subject.running.services.notificationDelivery.request(AURORA, {
      kind: 'MESSAGE_FAILED', userIds: [actor.sub ?? ''], permission: 'conversation:send', subjectId: 'msg_01jc00000000e800000000000001',
      params: { conversation: 12 }, dedupeKey: `cause ${(count += 1)}` });
  }
  return (await list(actor)).notifications.nodes.map(({ id }) => id);
}
async function list(actor: Actor, variables: Record<string, unknown> = {}): Promise<Listed> {
  const { data, errors } = await identity.subject.ask(LIST, variables, actor);
  expect(errors).toBeUndefined();
  return data?.['viewer'] as Listed;
}
const stored = () => identity.rows('select id, read_at from identity.notification order by id');

describe('viewer.notifications', () => {
  it('are one\'s own, newest first, in words, with what they are about', async () => {
    const [id] = await tell(owner);
    await tell(both, 2);
    expect((await list(owner)).notifications.nodes).toEqual([{
      id, kind: 'MESSAGE_FAILED', title: 'A message did not arrive', text: 'A message of conversation #12 did not reach the customer.',
      subjectId: 'msg_01jc00000000e800000000000001', createdAt: identity.now.toISOString(), readAt: null,
    }]);
    expect((await list(both)).notifications.nodes).toHaveLength(2);
  });

  it('are read, and mailed, in the language of each person', async () => {
    const speak = (actor: Actor, locale: string) => identity.rows('update identity.account set locale = $1 where id = $2', [locale, actor.sub]);
    await speak(both, 'pt-BR');
    await speak(owner, 'de-DE');
    await identity.subject.running.services.notificationDelivery.request(AURORA, {
      kind: 'MESSAGE_UNCONFIRMED', userIds: [owner.sub ?? '', both.sub ?? ''], permission: 'conversation:send', subjectId: 'msg_01jc00000000e800000000000001', params: { conversation: 7 }, dedupeKey: 'languages',
    });
    expect((await list(both)).notifications.nodes).toMatchObject([{ title: 'Esta mensagem foi enviada?', text: expect.stringContaining('conversa n.º 7') }]);
    expect((await list(owner)).notifications.nodes).toMatchObject([{ title: 'Was this message sent?' }]);
    expect((await identity.mails('both@demo.test')).at(-1)).toMatchObject({ kind: 'NOTIFICATION', subject: 'Esta mensagem foi enviada?' });
    expect((await identity.mails('owner@demo.test')).at(-1)).toMatchObject({ kind: 'NOTIFICATION', subject: 'Was this message sent?' });
    // A note may be about somebody with whom there is no conversation.
    await identity.subject.running.services.notificationDelivery.request(AURORA, {
      kind: 'MENTIONED', userIds: [both.sub ?? ''], permission: 'conversation:send', subjectId: 'cont_01jc00000000e800000000000001', params: { about: 'contact' }, dedupeKey: 'contact',
    });
    expect((await list(both)).notifications.nodes).toMatchObject([{ kind: 'MENTIONED', text: 'Uma nota de um contato menciona você.' }, {}]);
    for (const actor of [both, owner]) await speak(actor, 'en');
  });

  it('come in pages without gap or repetition, all or only the unread', async () => {
    const ids = await tell(owner, 5);
    await identity.subject.ask(READ, { input: { ids: [ids[1]] } }, owner);
    const paged: string[] = [];
    for (let after: string | null = null; ;) {
      const { notifications: { nodes, pageInfo } }: Listed = await list(owner, { first: 2, after, unreadOnly: true });
      paged.push(...nodes.map(({ id }) => id));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(paged).toEqual(ids.filter((_, index) => index !== 1));
    expect((await list(owner, { first: 5 })).notifications.nodes.map(({ id }) => id)).toEqual(ids);
  });

  it('are counted up to a hundred', async () => {
    await tell(owner, 3);
    expect((await list(owner)).unreadNotifications).toBe(3);
    await identity.rows(`insert into identity.notification select tenant_id, gen_random_uuid(), user_id, kind, null, params, dedupe_key || n, true, now(), null
      from identity.notification, generate_series(1, 60) n`);
    expect((await list(owner, { first: 1 })).unreadNotifications).toBe(100);
  });

  it('are none for an API key, and not those the person wants by mail alone', async () => {
    await tell(owner);
    expect(await list(key)).toMatchObject({ unreadNotifications: 0, notifications: { nodes: [] } });
    await identity.subject.ask(CHOOSE, { input: { preferences: [{ kind: 'MESSAGE_FAILED', inApp: false, email: true }] } }, owner);
    await tell(owner);
    expect(await list(owner)).toMatchObject({ unreadNotifications: 1, notifications: { nodes: [{}] } });
    expect(await stored()).toHaveLength(2);
  });

  it('ask for a page and a cursor that there can be', async () => {
    for (const variables of [{ first: 0 }, { first: 101 }, { after: 'x' }, { after: Buffer.from('["x"]').toString('base64url') }]) {
      expect((await identity.subject.ask(LIST, variables, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: [Object.keys(variables)[0]] } }]);
    }
  });
});

describe('notificationMarkRead', () => {
  const read = async (ids: unknown, actor = owner) => identity.subject.ask(READ, { input: { ids } }, actor);

  it('marks those that are named, keeps when they were first read, and leaves one event', async () => {
    const ids = await tell(owner, 3);
    const [first, second] = ids;
    const readAt = identity.now.toISOString();
    expect((await read([first])).data).toEqual({ notificationMarkRead: { notifications: [{ id: first, readAt }], userErrors: [] } });
    identity.advance(1_000);
    const { data } = await read([second, first, first]);
    expect((data?.['notificationMarkRead'] as { notifications: Node[] }).notifications.toSorted((a, b) => (a.readAt ?? '') < (b.readAt ?? '') ? -1 : 1))
      .toEqual([{ id: first, readAt }, { id: second, readAt: identity.now.toISOString() }]);
    expect((await list(owner)).unreadNotifications).toBe(1);
    expect((await identity.audit('notification.mark_read')).at(-1)).toMatchObject({ tenant: AURORA, event: { outcome: 'SUCCESS', actor: { id: encodeId('user', owner.sub ?? '') } } });
  });

  it.each<[string, () => Promise<string>]>([
    ['another person\'s', async () => (await tell(both))[0] ?? ''], ['one that is none', async () => encodeId('ntf', newId())],
  ])('refuses %s alike, and marks nothing', async (_, foreign) => {
    const [own = ''] = await tell(owner);
    const input = [own, await foreign()];
    const before = await stored();
    expect((await read(input)).data).toEqual({
      notificationMarkRead: { notifications: null, userErrors: [{ __typename: 'NotificationNotFound', code: 'NOT_FOUND', field: ['input', 'ids', '1'] }] } });
    expect(await stored()).toEqual(before);
    expect((await read([own])).data).toMatchObject({ notificationMarkRead: { userErrors: [] } });
  });

  it('refuses none, too many, and what is no id', async () => {
    for (const ids of [[], Array.from({ length: 101 }, () => encodeId('ntf', newId()))]) {
      expect((await read(ids)).data).toEqual({ notificationMarkRead: { notifications: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'ids'] }] } });
    }
    expect((await read([encodeId('ntf', newId()), 'msg_x'])).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'ids', '1'] } }]);
    expect((await read([], key)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('notificationsMarkAllRead', () => {
  const readAll = (upTo: string, actor = owner) => identity.subject.ask(READ_ALL, { input: { upTo } }, actor);

  it('marks up to what was seen; what came since and what is others\' stays unread', async () => {
    const [, seen = ''] = await tell(owner, 4);
    await tell(both, 2);
    expect((await readAll(seen)).data).toEqual({ notificationsMarkAllRead: { marked: 3, userErrors: [] } });
    expect((await readAll(seen)).data).toMatchObject({ notificationsMarkAllRead: { marked: 0 } });
    expect([(await list(owner)).unreadNotifications, (await list(both)).unreadNotifications]).toEqual([1, 2]);
  });

  it('refuses another person\'s, and what is no id', async () => {
    await tell(owner, 2);
    const [foreign = ''] = await tell(both);
    const before = await stored();
    expect((await readAll(foreign)).data).toEqual({
      notificationsMarkAllRead: { marked: null, userErrors: [{ __typename: 'NotificationNotFound', code: 'NOT_FOUND', field: ['input', 'upTo'] }] } });
    expect((await readAll('nonsense')).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'upTo'] } }]);
    expect(await stored()).toEqual(before);
    expect((await readAll(foreign, both)).data).toMatchObject({ notificationsMarkAllRead: { marked: 1 } });
  });
});

describe('preferences', () => {
  const choose = (preferences: unknown, actor = owner) => identity.subject.ask(CHOOSE, { input: { preferences } }, actor);
  const shown = async (actor = owner) => (await identity.subject.ask(PREFERENCES, {}, actor)).data;
  const DEFAULTS = [
    { kind: 'MESSAGE_UNCONFIRMED', inApp: true, email: true, mandatory: false }, { kind: 'MESSAGE_FAILED', inApp: true, email: false, mandatory: false },
    { kind: 'INBOX_DISABLED', inApp: true, email: true, mandatory: false }, { kind: 'INBOX_TOKEN_EXPIRING', inApp: true, email: true, mandatory: false },
    { kind: 'SECURITY_EVENT', inApp: true, email: true, mandatory: false }, { kind: 'USAGE_LIMIT', inApp: true, email: true, mandatory: false },
    { kind: 'PLAN_KEPT', inApp: true, email: true, mandatory: false },
    { kind: 'WEBHOOK_ENDPOINT_DISABLED', inApp: true, email: true, mandatory: false },
    { kind: 'MENTIONED', inApp: true, email: false, mandatory: false },
    { kind: 'SESSION_REUSED', inApp: true, email: true, mandatory: true },
  ];

  it('are there for each kind, before anything was chosen; none for an API key', async () => {
    expect(await shown()).toEqual({ viewer: { notificationPreferences: DEFAULTS } });
    expect(await shown(key)).toEqual({ viewer: { notificationPreferences: [] } });
  });

  it('change as far as they are named, for this person alone', async () => {
    const [unconfirmed, failed, ...others] = DEFAULTS;
    expect((await choose([{ kind: 'MESSAGE_UNCONFIRMED', email: false }])).data).toEqual({
      notificationPreferencesUpdate: { preferences: [{ ...unconfirmed, email: false }, failed, ...others], userErrors: [] } });
    await choose([{ kind: 'MESSAGE_UNCONFIRMED', inApp: false }, { kind: 'MESSAGE_FAILED', email: true }, { kind: 'SESSION_REUSED', email: true }]);
    expect(await shown()).toEqual({ viewer: { notificationPreferences: [{ ...unconfirmed, inApp: false, email: false }, { ...failed, email: true }, ...others] } });
    expect(await shown(both)).toEqual({ viewer: { notificationPreferences: DEFAULTS } });
    expect((await identity.audit('notification.preferences')).at(-1)?.event.after).toMatchObject({ preferences: [{ kind: 'MESSAGE_UNCONFIRMED', inApp: false }, {}, {}] });
  });

  it.each<[string, unknown[], string[]]>([
    ['a notice of security switched off', [{ kind: 'MESSAGE_FAILED', email: true }, { kind: 'SESSION_REUSED', email: false }], ['input', 'preferences', '1', 'email']],
    ['a kind twice', [{ kind: 'MESSAGE_FAILED', email: true }, { kind: 'MESSAGE_FAILED', email: false }], ['input', 'preferences', '1', 'kind']],
    ['nothing', [], ['input', 'preferences']],
  ])('refuse %s, and change nothing', async (_, preferences, field) => {
    expect((await choose(preferences)).data).toEqual({
      notificationPreferencesUpdate: { preferences: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field }] } });
    expect(await identity.rows('select 1 from identity.notification_preference')).toEqual([]);
    expect((await choose([{ kind: 'MESSAGE_FAILED', email: true }])).data).toMatchObject({ notificationPreferencesUpdate: { userErrors: [] } });
  });

  it('refuse a kind that is none, nobody, and an API key', async () => {
    expect((await choose([{ kind: 'GOSSIP', email: true }])).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect((await choose([{ kind: 'MESSAGE_FAILED', email: true }], key)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await identity.subject.ask(CHOOSE, { input: { preferences: [] } })).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await identity.rows('select 1 from identity.notification_preference')).toEqual([]);
  });
});

describe('the words', () => {
  it.each(NOTIFICATION_KINDS)('of %s are there in every language, each its own, filled in', (kind) => {
    const all = LANGUAGES.map((language) => wordsOf(kind, { conversation: 12, inbox: 'Front desk', quota: 'USERS', percent: 80, used: 4, limit: 5, host: 'till.example.com' }, language));
    expect(new Set(all.map(({ title }) => title)).size).toBe(LANGUAGES.length);
    for (const { title, text } of all) expect(`${title} ${text}`).not.toMatch(/[{}]/);
    if (kind.startsWith('MESSAGE_')) for (const { text } of all) expect(text).toContain('12');
    if (kind.startsWith('INBOX_')) for (const { text } of all) expect(text).toContain('Front desk');
    if (kind === 'USAGE_LIMIT') for (const { text } of all) expect(text).toMatch(/80.*USERS.*4.*5/);
  });

  it.each([['pt-BR', 'pt'], ['es_MX', 'es'], ['FR', 'fr'], ['de-DE', 'en'], ['', 'en'], [null, 'en']])('for a reader of %s are in %s', (locale, language) => {
    expect(languageOf(locale)).toBe(language);
  });
});
