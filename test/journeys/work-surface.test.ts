// From outside: a conversation is taken, labelled, put aside and woken, noted with a mention that is told, resolved, and opened again by the customer; a contact is merged, parted and blocked.
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

  const asleep = await ask('conversationSnooze', { conversationId, until: new Date(Date.now() + 1_000).toISOString() }, 'conversation { status }');
  expect(asleep).toMatchObject({ conversation: { status: 'SNOOZED' } });
  const noted = await ask('noteCreate', { conversationId, text: 'By the window, please', mentionIds: [boss], idempotencyKey: 'note-1' }, 'note { text mentions { id } }');
  expect(noted).toMatchObject({ note: { text: 'By the window, please', mentions: [{ id: boss }] }, userErrors: [] });
  const told = async () => ((await platform.ask(operation('notification-list'), {}, admin)).data as { viewer: { notifications: { nodes: { kind: string; subjectId: string }[] } } }).viewer.notifications.nodes;
  await until(async () => (await told()).some(({ kind, subjectId }) => kind === 'MENTIONED' && subjectId === conversationId), 'the colleague is told', 15_000);
  await until(async () => (await of('Ada'))?.status === 'OPEN', 'it wakes', 15_000);

  expect(await ask('conversationResolve', { conversationId }, 'conversation { status }')).toMatchObject({ conversation: { status: 'RESOLVED' } });
  await platform.deliver('Still there?', { from: '15550401', name: 'Ada' });
  await until(async () => (await of('Ada'))?.status === 'OPEN', 'the customer opens it again');

  const { merge } = await ask('contactMerge', { keepId: first?.contact.id, mergeId: second?.contact.id }, 'merge { id }');
  expect((await list()).map(({ contact }) => contact.name)).toEqual(['Ada', 'Ada']);
  expect(await ask('contactMergeUndo', { mergeId: (merge as { id: string }).id }, 'merge { undoneAt }')).toMatchObject({ merge: { undoneAt: expect.any(String) }, userErrors: [] });
  await ask('contactBlock', { contactId: second?.contact.id }, '__typename');
  expect(Object.fromEntries((await list()).map(({ contact, status }) => [contact.name, status]))).toEqual({ Ada: 'OPEN', 'Ada again': 'RESOLVED' });
}, 60_000);
