// What the trail tells of who is given conversations.
import { randomUUID } from 'node:crypto';
import type { AuditCases, AuditWorld } from './audit.world.js';
import { ADMIN, AGENT, conversation, known } from './audit.work.cases.js';

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
  conversationAssignTeam: async (world) => {
    const [by, { id, assignee }, { id: teamId }] = [await world.token(AGENT), await conversation(world), await team(world)];
    const before = { team: null, assignee: assignee?.id ?? null };
    return { by, input: { conversationId: id, teamId }, told: () => ({ id, actor: world.of(by).user, before, after: { team: teamId, assignee: null } }) };
  },
};
