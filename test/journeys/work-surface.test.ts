// From outside: a conversation is taken, labelled, put aside and woken, noted with a mention that is told, resolved, and opened again by the customer; a contact is known, merged, parted and blocked; all of it is found again; a bot begins, and people take over.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type Payload = Record<string, unknown> & { userErrors: { __typename: string }[] };
interface Listed { id: string; status: string; contact: { id: string; name: string } }

let platform: TestPlatform;
let agent: string;
let admin: string;

beforeAll(async () => {
  platform = await bootPlatform();
  [agent, admin] = await Promise.all([platform.signIn('agent@demo.test'), platform.signIn('admin@demo.test')]);
});
afterAll(() => platform?.stop());

async function ask(field: string, input: Record<string, unknown>, select: string, token = agent): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await platform.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename } } }`, { input }, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Payload;
}
const told = async (): Promise<{ kind: string; subjectId: string }[]> =>
  ((await platform.ask(operation('notification-list'), {}, admin)).data as { viewer: { notifications: { nodes: { kind: string; subjectId: string }[] } } }).viewer.notifications.nodes;
async function query<Data>(text: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const { data, errors } = await platform.ask(text, variables, agent);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}
const viewer = async (token: string): Promise<string> => ((await platform.ask('{ viewer { user { id } } }', {}, token)).data as { viewer: { user: { id: string } } }).viewer.user.id;
const list = async (): Promise<Listed[]> => ((await platform.ask('{ conversations { nodes { id status contact { id name } } } }', {}, agent)).data as { conversations: { nodes: Listed[] } }).conversations.nodes;
const of = async (name: string): Promise<Listed | undefined> => (await list()).find(({ contact }) => contact.name === name);

it('is what staff do in a day', async () => {
  await platform.deliver('A table for two?', { from: '15550401', name: 'Ada' });
  await platform.deliver('My new number', { from: '15550402', name: 'Ada again' });
  await until(async () => (await of('Ada')) !== undefined && (await of('Ada again')) !== undefined, 'both have written');
  const [first, second] = [await of('Ada'), await of('Ada again')];
  const conversationId = first?.id ?? '';
  const [me, boss] = [await viewer(agent), await viewer(admin)];

  // Identity has told who works here.
  await until(async () => (await ask('conversationAssign', { conversationId, userId: me, expectedAssigneeId: null }, '__typename')).userErrors.length === 0, 'the agent is known', 15_000);
  expect(await ask('conversationAssign', { conversationId, userId: boss, expectedAssigneeId: null }, '__typename')).toMatchObject({ userErrors: [{ __typename: 'ConversationChanged' }] });
  const { label } = await ask('labelCreate', { name: 'Table', color: '#00aa88' }, 'label { id }', admin);
  const labelled = await ask('conversationLabelsAdd', { conversationId, labelIds: [(label as { id: string }).id] }, 'conversation { assignee { displayName } labels { name } }');
  expect(labelled).toMatchObject({ conversation: { assignee: { displayName: expect.any(String) }, labels: [{ name: 'table' }] }, userErrors: [] });

  const asleep = await ask('conversationSnooze', { conversationId, until: new Date(Date.now() + 3_000).toISOString() }, 'conversation { status }');
  expect(asleep).toMatchObject({ conversation: { status: 'SNOOZED' } });
  const noted = await ask('noteCreate', { conversationId, text: 'By the window, please', mentionIds: [boss], idempotencyKey: 'note-1' }, 'note { text mentions { id } }');
  expect(noted).toMatchObject({ note: { text: 'By the window, please', mentions: [{ id: boss }] }, userErrors: [] });
  await until(async () => (await told()).some(({ kind, subjectId }) => kind === 'MENTIONED' && subjectId === conversationId), 'the colleague is told', 15_000);
  await until(async () => (await of('Ada'))?.status === 'OPEN', 'it wakes', 30_000);

  expect(await ask('conversationResolve', { conversationId }, 'conversation { status }')).toMatchObject({ conversation: { status: 'RESOLVED' } });
  await platform.deliver('Still there?', { from: '15550401', name: 'Ada' });
  await until(async () => (await of('Ada'))?.status === 'OPEN', 'the customer opens it again');

  const { merge } = await ask('contactMerge', { keepId: first?.contact.id, mergeId: second?.contact.id }, 'merge { id }');
  expect((await list()).map(({ contact }) => contact.name)).toEqual(['Ada', 'Ada']);
  expect(await ask('contactMergeUndo', { mergeId: (merge as { id: string }).id }, 'merge { undoneAt }')).toMatchObject({ merge: { undoneAt: expect.any(String) }, userErrors: [] });
  await ask('contactBlock', { contactId: second?.contact.id }, '__typename');
  expect(Object.fromEntries((await list()).map(({ contact, status }) => [contact.name, status]))).toEqual({ Ada: 'OPEN', 'Ada again': 'RESOLVED' });
}, 60_000);

it('is to know a customer: by every address, with attributes, notes and what they wish, also when two turn out to be one', async () => {
  await platform.deliver('It is me', { from: '15550403', name: 'Cleo' });
  await platform.deliver('And my other phone', { from: '15550404', name: 'Cleo S.' });
  await until(async () => (await of('Cleo')) !== undefined && (await of('Cleo S.')) !== undefined, 'both have written', 15_000);
  const [one, other] = [(await of('Cleo'))?.contact.id, (await of('Cleo S.'))?.contact.id];
  const boss = await viewer(admin);
  expect(await ask('contactUpdate', { contactId: one, email: 'cleo@example.test', attributes: [{ name: 'allergy', text: 'nuts' }, { name: 'visits', number: 7 }] }, 'contact { attributes { name } }'))
    .toMatchObject({ contact: { attributes: [{ name: 'allergy' }, { name: 'visits' }] }, userErrors: [] });
  const { note } = await ask('contactNoteCreate', { contactId: other, text: 'Prefers the terrace', mentionIds: [boss], idempotencyKey: 'contact-note-1' }, 'note { id contact { name } mentions { displayName } }');
  expect(note).toMatchObject({ contact: { name: 'Cleo S.' }, mentions: [{ displayName: 'Adam Admin' }] });
  await until(async () => (await told()).some(({ kind, subjectId }) => kind === 'MENTIONED' && subjectId === other), 'the colleague is told of the note on a contact', 15_000);
  const { inboxes } = await query<{ inboxes: { nodes: { id: string }[] } }>('{ inboxes { nodes { id } } }');
  await ask('contactConsentSet', { contactId: other, inboxId: inboxes.nodes[0]?.id, optedOut: true }, '__typename');

  const { merge } = await ask('contactMerge', { keepId: one, mergeId: other }, 'merge { id }');
  const KNOWN = 'query ($id: ID!) { contact(id: $id) { email attributes { name text number } identities { externalId } notes { nodes { text author { displayName } } } consents { optedOut } mergedInto { id } } }';
  expect(await query(KNOWN, { id: one })).toEqual({ contact: {
    email: 'cleo@example.test', mergedInto: null, attributes: [{ name: 'allergy', text: 'nuts', number: null }, { name: 'visits', text: null, number: 7 }],
    identities: [{ externalId: '15550403' }, { externalId: '15550404' }], notes: { nodes: [{ text: 'Prefers the terrace', author: { displayName: 'Agnes Agent' } }] }, consents: [{ optedOut: true }],
  } });
  await ask('contactMergeUndo', { mergeId: (merge as { id: string }).id }, '__typename');
  expect(await query(KNOWN, { id: one })).toMatchObject({ contact: { identities: [{ externalId: '15550403' }], notes: { nodes: [] } } });
  expect(await query(KNOWN, { id: other })).toMatchObject({ contact: { identities: [{ externalId: '15550404' }], notes: { nodes: [{ text: 'Prefers the terrace' }] }, mergedInto: null } });
  expect(await ask('contactNoteDelete', { noteId: (note as { id: string }).id }, 'note { text }')).toMatchObject({ note: { text: null }, userErrors: [] });
}, 60_000);

it('is to write notes that are changed, deleted and never seen by the customer', async () => {
  const { inbox } = await ask('inboxCreate', { name: 'Website', idempotencyKey: 'journey-chat', webChat: {} }, 'inbox { id webhookUrl }', admin);
  const chat = platform.url + new URL((inbox as { webhookUrl: string }).webhookUrl).pathname;
  const json = { 'content-type': 'application/json' };
  const { token } = await (await fetch(`${chat}/session`, { method: 'POST', headers: json, body: '{}' })).json() as { token: string };
  const authorization = `Bearer ${token}`;
  await fetch(`${chat}/messages`, { method: 'POST', headers: { ...json, authorization }, body: JSON.stringify({ items: [{ kind: 'message', id: 'first', text: 'Is the terrace open?' }] }) });
  const inboxId = (inbox as { id: string }).id;
  const theirs = async () => (await query<{ conversations: { nodes: { id: string }[] } }>('query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }', { filter: { inboxId } })).conversations.nodes;
  await until(async () => (await theirs()).length > 0, 'the visitor has a conversation', 15_000);
  const conversationId = (await theirs())[0]?.id;

  const { note } = await ask('noteCreate', { conversationId, text: 'A bore, be brief', idempotencyKey: 'chat-note-1' }, 'note { id }');
  const noteId = (note as { id: string }).id;
  await ask('noteUpdate', { noteId, text: 'A bore, be polite' }, '__typename');
  await ask('messageSend', { conversationId, text: 'Until ten', idempotencyKey: 'chat-reply-1' }, '__typename');
  const seen = async (): Promise<string> => (await fetch(`${chat}/messages`, { headers: { authorization } })).text();
  await until(async () => (await seen()).includes('Until ten'), 'the visitor reads the reply', 15_000);
  expect(await seen()).not.toContain('bore');
  const NOTES = 'query ($id: ID!) { conversation(id: $id) { notes { nodes { text editedAt deletedAt } } } }';
  expect(await query(NOTES, { id: conversationId })).toMatchObject({ conversation: { notes: { nodes: [{ text: 'A bore, be polite', editedAt: expect.any(String), deletedAt: null }] } } });
  await ask('noteDelete', { noteId }, '__typename');
  expect(await query(NOTES, { id: conversationId })).toMatchObject({ conversation: { notes: { nodes: [{ text: null, deletedAt: expect.any(String) }] } } });
}, 60_000);

it('is to find again what was said, by words, by what staff made of it, and by what they have not read', async () => {
  await platform.deliver('Crème brûlée for the birthday, please', { from: '15550405', name: 'Désirée Šimić' });
  await platform.deliver('A cake', { from: '15550406', name: 'Emil' });
  await until(async () => (await of('Désirée Šimić')) !== undefined && (await of('Emil')) !== undefined, 'both have written', 15_000);
  const [conversationId, otherId] = [(await of('Désirée Šimić'))?.id ?? '', (await of('Emil'))?.id ?? ''];
  const { label } = await ask('labelCreate', { name: 'birthday', color: '#aa0088' }, 'label { id }', admin);
  const labelId = (label as { id: string }).id;
  await ask('conversationLabelsAdd', { conversationId, labelIds: [labelId] }, '__typename');
  await ask('conversationPrioritySet', { conversationId, priority: 'URGENT' }, '__typename');
  expect(await ask('conversationAttributesSet', { conversationId, attributes: [{ name: 'guests', number: 12 }] }, 'conversation { attributes { name number } firstReplyAt }'))
    .toMatchObject({ conversation: { attributes: [{ name: 'guests', number: 12 }], firstReplyAt: null }, userErrors: [] });

  const found = async (filter: Record<string, unknown>): Promise<string[]> => (await query<{ conversations: { nodes: { id: string }[] } }>('query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }', { filter }))
    .conversations.nodes.map(({ id }) => id);
  for (const filter of [{ search: 'creme brul' }, { search: 'simic' }, { search: '"for the birthday"' }, { labelsAnyOf: [labelId] }, { priorities: ['URGENT'], statuses: ['OPEN'], waiting: true }]) {
    expect([filter, await found(filter)]).toEqual([filter, [conversationId]]);
  }
  const { messageSearch } = await query<{ messageSearch: { nodes: { excerpt: { text: string; matched: boolean }[]; message: { conversation: { id: string } } }[] } }>(
    operation('message-search'), { query: 'brulee' });
  expect(messageSearch.nodes.map(({ message }) => message.conversation.id)).toEqual([conversationId]);
  expect(messageSearch.nodes[0]?.excerpt.filter(({ matched }) => matched).map(({ text }) => text)).toEqual(['brûlée']);
  expect(await query('{ contacts(filter: { search: "desiree" }) { nodes { name } } }')).toEqual({ contacts: { nodes: [{ name: 'Désirée Šimić' }] } });

  const unread = async (): Promise<number> => (await query<{ unreadConversations: { count: number } }>(operation('unread-conversations'), { statuses: ['OPEN'] })).unreadConversations.count;
  const before = await unread();
  expect((await found({ unread: true })).slice(0, 2).toSorted()).toEqual([conversationId, otherId].toSorted());
  await ask('conversationMarkRead', { conversationId }, '__typename');
  expect([await unread(), (await found({ unread: true })).includes(conversationId)]).toEqual([before - 1, false]);
  await ask('conversationMarkUnread', { conversationId }, '__typename');
  expect(await unread()).toBe(before);
  // A label that goes finds nothing any more.
  await ask('labelDelete', { labelId }, '__typename', admin);
  expect(await found({ labelsAnyOf: [labelId] })).toEqual([]);
}, 60_000);
it('is shared with a bot and given to who is there', async () => {
  const owner = await platform.signIn('owner@demo.test');
  const me = await viewer(agent);
  const { data } = await platform.ask('{ inboxes { nodes { id } } }', {}, owner);
  const inboxId = (data as { inboxes: { nodes: { id: string }[] } }).inboxes.nodes[0]?.id ?? '';
  const { bot } = await ask('botCreate', { name: 'Concierge' }, 'bot { id }', owner);
  const botId = (bot as { id: string }).id;
  await ask('botAssign', { botId, inboxIds: [inboxId] }, 'bot { id }', owner);
  await ask('botEnable', { botId }, 'bot { id }', owner);
  const { secret } = await ask('apiKeyCreate', { name: 'Program of the bot', scopes: ['bot:act', 'conversation:read', 'conversation:update'] }, 'secret', owner);
  const STATE = 'conversation { status bot { name } assignee { id } team { name } }';
  const state = async (id: string) => (await platform.ask(`query ($id: ID!) { conversation(id: $id) { status bot { name } assignee { id } team { name } } }`, { id }, agent)).data?.['conversation'];

  // Tenancy has told which bot serves: what begins from then on is the bot's.
  let writer = 0;
  await until(async () => {
    await platform.deliver('A table for two?', { from: `155504${10 + (writer += 1)}`, name: `Guest ${writer}` });
    await until(async () => (await of(`Guest ${writer}`)) !== undefined, 'a guest has written');
    return (await of(`Guest ${writer}`))?.status === 'PENDING';
  }, 'the bot serves', 15_000);
  const id = (await of(`Guest ${writer}`))?.id ?? '';
  expect(await state(id)).toEqual({ status: 'PENDING', bot: { name: 'Concierge' }, assignee: null, team: null });
  const says = (text: string) => ask('botMessageSend', { botId, conversationId: id, text, idempotencyKey: text.replaceAll(' ', '-') }, 'message { id author { __typename } }', secret as string);
  expect(await says('At eight?')).toMatchObject({ message: { author: { __typename: 'Bot' } }, userErrors: [] });

  // Handed to people, it is given to the one who is there, within a moment of their coming.
  const { team } = await ask('teamCreate', { name: 'Evening', memberIds: [me] }, 'team { id }', admin);
  await ask('conversationAssignTeam', { conversationId: id, teamId: (team as { id: string }).id }, STATE);
  await ask('inboxAssignmentSet', { inboxId, mode: 'ROUND_ROBIN', agents: [{ userId: me }] }, '__typename', owner);
  expect(await ask('conversationHandOff', { conversationId: id }, STATE, secret as string)).toMatchObject({ conversation: { status: 'OPEN', bot: null, assignee: null }, userErrors: [] });
  expect(await says('Or at nine?')).toEqual({ message: null, userErrors: [{ __typename: 'PersonTookOver' }] });
  await ask('presenceUpdate', { status: 'ONLINE' }, 'presence { status }');
  await until(async () => (await state(id) as { assignee: { id: string } | null }).assignee?.id === me, 'the agent has it', 15_000);
  expect(await ask('conversationHandToBot', { conversationId: id }, STATE)).toMatchObject({ conversation: { status: 'PENDING', bot: { name: 'Concierge' }, assignee: null } });

  // Whoever answers takes over; a bot that is switched off has nothing.
  await ask('messageSend', { conversationId: id, text: 'At eight, gladly', idempotencyKey: 'take-over' }, 'message { id }');
  expect(await state(id)).toEqual({ status: 'OPEN', bot: null, assignee: { id: me }, team: { name: 'Evening' } });
  await ask('conversationHandToBot', { conversationId: id }, STATE);
  await ask('botDisable', { botId }, 'bot { id }', owner);
  await until(async () => (await state(id) as { status: string }).status === 'OPEN', 'it is for people', 15_000);
}, 90_000);
