// What the trail tells of what staff do with conversations and contacts.
import { randomUUID } from 'node:crypto';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { until } from '../kit/until.js';
import type { AuditCase, AuditCases, AuditWorld } from './audit.world.js';

export const [AGENT, ADMIN, OWNER] = ['agent@demo.test', 'admin@demo.test', 'owner@demo.test'];

interface Facts { id: string; status: string; priority: string | null; snoozedUntil: string | null; assignee: { id: string } | null; labels: { name: string }[]; inbox: { id: string; reopen: string } }

export async function conversation(world: AuditWorld): Promise<Facts> {
  const by = await world.token(AGENT);
  const found = async () => (await world.query<{ conversations: { nodes: Facts[] } }>(
    '{ conversations { nodes { id status priority snoozedUntil assignee { id } labels { name } inbox { id reopen } } } }', by)).conversations.nodes[0];
  if (await found() === undefined) await world.platform.deliver('Hello');
  await until(async () => await found() !== undefined, 'a conversation');
  const facts = await found();
  if (!facts) throw new Error('There is no conversation.');
  return facts;
}

/** Who joined a moment ago is known to conversations a moment later. */
export async function known(world: AuditWorld, user: string): Promise<string> {
  await until(async () => (await world.admin.query('select 1 from conversations.colleague where user_id = $1', [decodeId('user', user)])).rows.length > 0, 'a colleague is known', 15_000);
  return user;
}

const done = async (world: AuditWorld, email: string, field: string, input: Record<string, unknown>, select: string): Promise<{ id: string }> => {
  const { [select]: made } = await world.done(field, { by: await world.token(email), input, select: `${select} { id }` });
  return made as { id: string };
};
const contact = (world: AuditWorld) => done(world, AGENT, 'contactCreate', { name: 'A name that stays out of the trail' }, 'contact');
const label = (world: AuditWorld) => done(world, ADMIN, 'labelCreate', { name: `label-${randomUUID()}`, color: '#ff0000' }, 'label');
const note = async (world: AuditWorld) => done(world, AGENT, 'noteCreate', { conversationId: (await conversation(world)).id, text: 'A text that stays out of the trail', idempotencyKey: randomUUID() }, 'note');
const contactNote = async (world: AuditWorld, contactId: string) => done(world, AGENT, 'contactNoteCreate', { contactId, text: 'A text that stays out of the trail', idempotencyKey: randomUUID() }, 'note');
const sleep = ({ snoozedUntil }: Facts) => (snoozedUntil === null ? {} : { until: snoozedUntil });

const moving = (after: string, more: Record<string, unknown> = {}): AuditCase => async (world) => {
  const [by, facts] = [await world.token(AGENT), await conversation(world)];
  return { by, input: { conversationId: facts.id, ...more }, told: () => ({ id: facts.id, actor: world.of(by).user, before: { status: facts.status, ...sleep(facts) }, after: { status: after, ...more } }) };
};
/** Of a contact of its own. */
const ofContact = (input: Record<string, unknown>, facts: { before?: Record<string, unknown>; after: Record<string, unknown> }): AuditCase => async (world) => {
  const [by, { id }] = [await world.token(AGENT), await contact(world)];
  return { by, input: { contactId: id, ...input }, told: () => ({ id, actor: world.of(by).user, ...facts }) };
};
const labelling = (change: (labels: string[]) => string[]): AuditCase => async (world) => {
  const by = await world.token(AGENT);
  const { label: made } = await world.done('labelCreate', { by: await world.token(ADMIN), input: { name: `z-${randomUUID()}`, color: '#00ff00' }, select: 'label { id name }' });
  const [{ id, name }, facts] = [made as { id: string; name: string }, await conversation(world)];
  const before = facts.labels.map((one) => one.name);
  return { by, input: { conversationId: facts.id, labelIds: [id] }, told: () => ({ id: facts.id, actor: world.of(by).user, before: { labels: before }, after: { labels: change([...before, name]).toSorted() } }) };
};

export const workCases: AuditCases = {
  conversationSnooze: moving('SNOOZED', { until: new Date(Date.now() + 3_600_000).toISOString() }),
  conversationResolve: moving('RESOLVED'),
  conversationOpen: moving('OPEN'),
  conversationAssign: async (world) => {
    const [by, { id, assignee }] = [await world.token(AGENT), await conversation(world)];
    const { user } = world.of(by);
    return { by, input: { conversationId: id, userId: await known(world, user) }, told: () => ({ id, actor: user, before: { assignee: assignee?.id ?? null }, after: { assignee: user } }) };
  },
  conversationUnassign: async (world) => {
    const [by, { id, assignee }] = [await world.token(AGENT), await conversation(world)];
    return { by, input: { conversationId: id }, told: () => ({ id, actor: world.of(by).user, before: { assignee: assignee?.id ?? null }, after: { assignee: null } }) };
  },
  conversationPrioritySet: async (world) => {
    const [by, { id, priority }] = [await world.token(AGENT), await conversation(world)];
    return { by, input: { conversationId: id, priority: 'HIGH' }, told: () => ({ id, actor: world.of(by).user, before: { priority }, after: { priority: 'HIGH' } }) };
  },
  conversationAttributesSet: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await conversation(world)];
    return { by, input: { conversationId: id, attributes: [{ name: 'table', text: 'A text that stays out of the trail' }] }, told: () => ({ id, actor: world.of(by).user, after: { attributes: ['table'] } }) };
  },
  conversationMarkUnread: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await conversation(world)];
    const { rows: [row] } = await world.admin.query<{ n: number }>('select inbound_count as n from conversations.conversation where id = $1', [decodeId('conv', id)]);
    return { by, input: { conversationId: id }, told: () => ({ id, actor: world.of(by).user, after: { read: (row?.n ?? 1) - 1 } }) };
  },
  labelCreate: async (world) => {
    const by = await world.token(ADMIN);
    return { by, input: { name: 'refund', color: '#FF0000' }, select: 'label { id }',
      told: ({ label: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { name: 'refund', color: '#ff0000', description: null } }) };
  },
  labelUpdate: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await label(world)];
    const { rows: [row] } = await world.admin.query<{ name: string }>('select name from conversations.label where id = $1', [decodeId('lbl', id)]);
    const before = { name: row?.name, color: '#ff0000', description: null };
    return { by, input: { labelId: id, description: 'Money back' }, told: () => ({ id, actor: world.of(by).user, before, after: { ...before, description: 'Money back' } }) };
  },
  labelDelete: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await label(world)];
    const { rows: [row] } = await world.admin.query<{ name: string }>('select name from conversations.label where id = $1', [decodeId('lbl', id)]);
    return { by, input: { labelId: id }, told: () => ({ id, actor: world.of(by).user, before: { name: row?.name, color: '#ff0000', description: null } }) };
  },
  conversationLabelsAdd: labelling((labels) => labels),
  conversationLabelsRemove: async (world) => {
    const [by, { id, labels }] = [await world.token(AGENT), await conversation(world)];
    const { labels: { nodes: [first] } } = await world.query<{ labels: { nodes: { id: string; name: string }[] } }>('{ labels { nodes { id name } } }', by);
    const names = labels.map(({ name }) => name);
    return { by, input: { conversationId: id, labelIds: [first?.id] }, told: () => ({ id, actor: world.of(by).user, before: { labels: names }, after: { labels: names.filter((name) => name !== first?.name) } }) };
  },
  noteCreate: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await conversation(world)];
    const mention = await known(world, world.of(await world.token(ADMIN)).user);
    return { by, input: { conversationId: id, text: 'A text that stays out of the trail', mentionIds: [mention], idempotencyKey: randomUUID() }, select: 'note { id }',
      told: ({ note: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { conversation: id, mentions: 1 } }) };
  },
  noteUpdate: async (world) => {
    const [by, { id }, about] = [await world.token(AGENT), await note(world), await conversation(world)];
    const mention = await known(world, world.of(await world.token(ADMIN)).user);
    return { by, input: { noteId: id, text: 'Another that stays out of it', mentionIds: [mention] }, told: () => ({ id, actor: world.of(by).user, after: { conversation: about.id } }) };
  },
  noteDelete: async (world) => {
    const [by, { id }, about] = [await world.token(AGENT), await note(world), await conversation(world)];
    return { by, input: { noteId: id }, told: () => ({ id, actor: world.of(by).user, after: { conversation: about.id, author: world.of(by).user } }) };
  },
  contactNoteCreate: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await contact(world)];
    const mention = await known(world, world.of(await world.token(ADMIN)).user);
    return { by, input: { contactId: id, text: 'A text that stays out of the trail', mentionIds: [mention], idempotencyKey: randomUUID() }, select: 'note { id }',
      told: ({ note: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { contact: id, mentions: 1 } }) };
  },
  contactNoteUpdate: async (world) => {
    const [by, about] = [await world.token(AGENT), await contact(world)];
    const { id } = await contactNote(world, about.id);
    const mention = await known(world, world.of(await world.token(ADMIN)).user);
    return { by, input: { noteId: id, text: 'Another that stays out of it', mentionIds: [mention] }, told: () => ({ id, actor: world.of(by).user, after: { contact: about.id } }) };
  },
  contactNoteDelete: async (world) => {
    const [by, about] = [await world.token(AGENT), await contact(world)];
    const { id } = await contactNote(world, about.id);
    return { by, input: { noteId: id }, told: () => ({ id, actor: world.of(by).user, after: { contact: about.id, author: world.of(by).user } }) };
  },
  contactCreate: async (world) => {
    const by = await world.token(AGENT);
    const { inbox } = await conversation(world);
    return { by, input: { name: 'A name that stays out of the trail', attributes: [{ name: 'tier', text: 'gold' }], addresses: [{ inboxId: inbox.id, externalId: `contract-${randomUUID()}` }] }, select: 'contact { id }',
      told: ({ contact: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { fields: ['name'], attributes: ['tier'], addresses: 1 } }) };
  },
  contactUpdate: ofContact({ name: 'Another that stays out of it', attributes: [{ name: 'tier', text: 'gold' }] }, { after: { fields: ['name'], attributes: ['tier'] } }),
  contactBlock: ofContact({}, { before: { blocked: false }, after: { blocked: true } }),
  contactUnblock: ofContact({}, { before: { blocked: false }, after: { blocked: false } }),
  contactMerge: async (world) => {
    const [by, keep, gone] = [await world.token(AGENT), await contact(world), await contact(world)];
    return { by, input: { keepId: keep.id, mergeId: gone.id }, told: () => ({ id: keep.id, actor: world.of(by).user, after: { merged: gone.id, conversations: 0, addresses: 0, notes: 0, resolved: 0 } }) };
  },
  contactMergeUndo: async (world) => {
    const [by, keep, gone] = [await world.token(AGENT), await contact(world), await contact(world)];
    const { id } = await done(world, AGENT, 'contactMerge', { keepId: keep.id, mergeId: gone.id }, 'merge');
    return { by, input: { mergeId: id }, told: () => ({ id, actor: world.of(by).user, after: { kept: keep.id, merged: gone.id, conversations: 0, addresses: 0, notes: 0 } }) };
  },
};
