// What the trail tells of who is given conversations.
import { randomUUID } from 'node:crypto';
import type { AuditCases, AuditWorld } from './audit.world.js';
import { ADMIN, OWNER, AGENT, conversation, known } from './audit.work.cases.js';

interface Team { id: string; name: string }

const team = async (world: AuditWorld): Promise<Team> => {
  const { team: made } = await world.done('teamCreate', { by: await world.token(ADMIN), input: { name: `Team ${randomUUID()}` }, select: 'team { id name }' });
  return made as Team;
};

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
  conversationAssignTeam: async (world) => {
    const [by, { id, assignee }, { id: teamId }] = [await world.token(AGENT), await conversation(world), await team(world)];
    const before = { team: null, assignee: assignee?.id ?? null };
    return { by, input: { conversationId: id, teamId }, told: () => ({ id, actor: world.of(by).user, before, after: { team: teamId, assignee: null } }) };
  },
};
