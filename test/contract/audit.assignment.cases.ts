// What the trail tells of who is given conversations.
import { randomUUID } from 'node:crypto';
import { decodeId, encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import type { AuditCases, AuditWorld } from './audit.world.js';
import { ADMIN, OWNER, AGENT, conversation, known } from './audit.work.cases.js';

interface Team { id: string; name: string }

const team = async (world: AuditWorld): Promise<Team> => {
  const { team: made } = await world.done('teamCreate', { by: await world.token(ADMIN), input: { name: `Team ${randomUUID()}` }, select: 'team { id name }' });
  return made as Team;
};

/** A bot that serves an inbox, as if tenancy had said so. */
async function serving(world: AuditWorld, inboxId: string): Promise<string> {
  const id = newId();
  await world.admin.query(`insert into conversations.inbox_bot (tenant_id, inbox_id, bot_id, revision) select tenant_id, id, $2, 1 from conversations.inbox where id = $1
    on conflict (tenant_id, inbox_id) do update set bot_id = excluded.bot_id`, [decodeId('inb', inboxId), id]);
  return encodeId('bot', id);
}
/** What the customer writes next is for people again. */
const dismiss = (world: AuditWorld): Promise<unknown> => world.admin.query('update conversations.inbox_bot set bot_id = null');
/** A message of the customer. */
const inbound = async (world: AuditWorld, conversationId: string): Promise<string> => {
  const { rows: [row] } = await world.admin.query<{ id: string }>(`select id from conversations.message where conversation_id = $1 and direction = 'INBOUND' and external_id is not null limit 1`, [decodeId('conv', conversationId)]);
  return encodeId('msg', row?.id ?? '');
};
/** A conversation that its bot has. */
async function withBot(world: AuditWorld): Promise<{ id: string; bot: string }> {
  const { id, inbox } = await conversation(world);
  const bot = await serving(world, inbox.id);
  await world.done('conversationHandToBot', { by: await world.token(AGENT), input: { conversationId: id } });
  await dismiss(world);
  return { id, bot };
}

export const assignmentCases: AuditCases = {
  teamCreate: async (world) => {
    const by = await world.token(ADMIN);
    const [name, member] = [`Team ${randomUUID()}`, await known(world, world.of(by).user)];
    return { by, input: { name, memberIds: [member] }, select: 'team { id }',
      told: ({ team: made }) => ({ id: (made as { id: string }).id, actor: world.of(by).user, after: { name, description: null, members: [member] } }) };
  },
  teamUpdate: async (world) => {
    const [by, { id, name }] = [await world.token(ADMIN), await team(world)];
    return { by, input: { teamId: id, description: 'First line' }, told: () => ({ id, actor: world.of(by).user, before: { name, description: null }, after: { name, description: 'First line' } }) };
  },
  teamMembersSet: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await team(world)];
    const member = await known(world, world.of(by).user);
    return { by, input: { teamId: id, memberIds: [member] }, told: () => ({ id, actor: world.of(by).user, before: { members: [] }, after: { members: [member] } }) };
  },
  teamDelete: async (world) => {
    const [by, { id, name }] = [await world.token(ADMIN), await team(world)];
    return { by, input: { teamId: id }, told: () => ({ id, actor: world.of(by).user, before: { name, description: null } }) };
  },
  inboxAssignmentSet: async (world) => {
    const [by, { inbox }] = [await world.token(OWNER), await conversation(world)];
    const [agent, { label }] = [await known(world, world.of(by).user), await world.done('labelCreate', { by: await world.token(ADMIN), input: { name: `z-${randomUUID()}`, color: '#00ff00' }, select: 'label { id }' })];
    const more = { pick: 'LONGEST_WAITING', capacity: 3, fairLimit: 100, fairSeconds: 3_600, excludeOlderThanHours: 24 };
    return { by, input: { inboxId: inbox.id, mode: 'OFF', ...more, agents: [{ userId: agent }], excludedLabelIds: [(label as { id: string }).id] },
      told: () => ({ id: inbox.id, actor: world.of(by).user, before: { assignment: 'OFF' }, after: { assignment: 'OFF', ...more, agents: [agent], excludedLabels: 1 } }) };
  },
  conversationHandToBot: async (world) => {
    const [by, { id, status, assignee, inbox }] = [await world.token(AGENT), await conversation(world)];
    const bot = await serving(world, inbox.id);
    return { by, input: { conversationId: id }, told: async () => {
      await dismiss(world);
      return { id, actor: world.of(by).user, before: { status, bot: null, assignee: assignee?.id ?? null }, after: { status: 'PENDING', bot, assignee: null } };
    } };
  },
  botMessageSend: async (world) => {
    const [by, { id, bot }] = [await world.token(OWNER), await withBot(world)];
    return { by, input: { conversationId: id, botId: bot, text: 'A text that stays out of the trail', replyToId: await inbound(world, id), idempotencyKey: randomUUID() }, select: 'message { id }',
      told: ({ message }) => ({ id: (message as { id: string }).id, actor: world.of(by).user, after: { conversation: id, status: 'QUEUED' } }) };
  },
  conversationHandOff: async (world) => {
    const [by, { id, bot }] = [await world.token(AGENT), await withBot(world)];
    return { by, input: { conversationId: id }, told: () => ({ id, actor: world.of(by).user, before: { status: 'PENDING', bot }, after: { status: 'OPEN', bot: null } }) };
  },
  conversationAssignTeam: async (world) => {
    const [by, { id, assignee }, { id: teamId }] = [await world.token(AGENT), await conversation(world), await team(world)];
    const before = { team: null, assignee: assignee?.id ?? null };
    return { by, input: { conversationId: id, teamId }, told: () => ({ id, actor: world.of(by).user, before, after: { team: teamId, assignee: null } }) };
  },
};
