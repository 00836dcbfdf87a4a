// The teams of a tenant, and who is in them.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { countAlone, unlessTaken } from '../../kernel/data/scarce.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdColleagues } from '../colleague/colleague.service.js';
import { db } from '../tables.js';
import { MOST_MEMBERS, type TeamCreateInput, type TeamUpdateInput } from './team.inputs.js';
import type { TeamRow } from './team.loaders.js';

const MOST_OF_TENANT = 200;
const MEMBERS = ['input', 'memberIds'];
export const TEAM = ['input', 'teamId'];

export const noTeam = (): Refusal => new Refusal('TeamNotFound', ErrorCode.NOT_FOUND, 'There is no such team in your tenant.', TEAM);
const limitReached = (most: number, field: readonly string[] | null): Refusal => new Refusal('TeamLimitReached', ErrorCode.LIMIT_REACHED, `There may be ${most} at the most.`, field);

export class TeamService {
  /** By name, whatever the case. @throws BAD_USER_INPUT */
  async page(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<TeamRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && !value.includes('\0')]);
    const found = await db(await context.read()).selectFrom('Team').select(['id', 'name', 'folded', 'description', 'createdAt']).where('tenantId', '=', context.tenantId)
      .$if(beyond !== null, (query) => query.where('folded', '>', String(beyond?.[0]))).orderBy('folded').limit(size + 1).execute();
    return pageOf(found, size, after, ({ folded }) => encodeCursor([folded]));
  }

  /** @throws Refusal InputInvalid, TeamNameTaken, TeamLimitReached, ColleagueNotFound */
  create(context: OperationContext, input: TeamCreateInput, memberIds: readonly string[]): Promise<string> {
    const { tenantId } = context;
    const team = { ...nameOf(input.name), description: descriptionOf(input.description) };
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Team', id } };
      const members = await holdMembers(unit, memberIds);
      await countAlone(unit.tx, 'team', tenantId);
      const { rows } = await sql`select from conversations.team where tenant_id = ${tenantId}::uuid limit ${MOST_OF_TENANT}`.execute(unit.tx.getKysely());
      if (rows.length >= MOST_OF_TENANT) throw limitReached(MOST_OF_TENANT, null);
      await named(() => db(unit.tx).insertInto('Team').values({ tenantId, id, ...team, createdAt: unit.now }).execute());
      await join(unit, { tenantId, id }, members);
      audit.draft = { ...audit.draft, after: { name: team.name, description: team.description, members: told(members) } };
      return id;
    });
  }

  /** @throws Refusal TeamNotFound, InputInvalid, TeamNameTaken */
  update(context: OperationContext, id: string, input: TeamUpdateInput): Promise<void> {
    const given = {
      ...(typeof input.name === 'string' ? nameOf(input.name) : {}),
      ...(input.description === undefined ? {} : { description: descriptionOf(input.description) }),
    };
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Team', id } };
      const before = await hold(unit, id);
      const after = { ...before, ...given };
      await named(() => db(unit.tx).updateTable('Team').set(after).where('id', '=', id).execute());
      audit.draft = { ...audit.draft, before: { name: before.name, description: before.description }, after: { name: after.name, description: after.description } };
    });
  }

  /** These and no others. People are held before the team, as by whoever takes them off all their teams. @throws Refusal TeamNotFound, TeamLimitReached, ColleagueNotFound */
  setMembers(context: OperationContext, id: string, memberIds: readonly string[]): Promise<void> {
    const { tenantId } = context;
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Team', id } };
      const members = await holdMembers(unit, memberIds);
      await hold(unit, id);
      const { rows: known } = await sql<{ id: string }>`select user_id as id from conversations.team_member where team_id = ${id}::uuid`.execute(unit.tx.getKysely());
      await sql`delete from conversations.team_member where team_id = ${id}::uuid and user_id <> all (${members}::uuid[])`.execute(unit.tx.getKysely());
      await join(unit, { tenantId, id }, members);
      audit.draft = { ...audit.draft, before: { members: told(known.map((one) => one.id)) }, after: { members: told(members) } };
    });
  }

  /** Whoever gives it a conversation holds it: after this none is its. @throws Refusal TeamNotFound */
  delete(context: OperationContext, id: string): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Team', id } };
      const { name, description } = await hold(unit, id);
      await db(unit.tx).deleteFrom('Team').where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { name, description } };
    });
  }
}

const told = (members: readonly string[]): string[] => members.map((user) => encodeId('user', user)).toSorted();

/** @throws Refusal TeamNotFound */
async function hold({ tx }: UnitOfWork, id: string): Promise<Pick<TeamRow, 'name' | 'description'> & { folded: string }> {
  const held = await db(tx).selectFrom('Team').select(['name', 'folded', 'description']).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!held) throw noTeam();
  return held;
}

async function holdMembers(unit: UnitOfWork, memberIds: readonly string[]): Promise<string[]> {
  const members = [...new Set(memberIds)];
  if (members.length > MOST_MEMBERS) throw limitReached(MOST_MEMBERS, MEMBERS);
  await holdColleagues(unit, members, MEMBERS);
  return members;
}

const join = ({ tx, now }: UnitOfWork, { tenantId, id }: { tenantId: string; id: string }, members: readonly string[]): Promise<unknown> =>
  sql`insert into conversations.team_member (tenant_id, team_id, user_id, added_at)
    select ${tenantId}::uuid, ${id}::uuid, member, ${now} from unnest(${[...members]}::uuid[]) member on conflict do nothing`.execute(tx.getKysely());

const named = (write: () => Promise<unknown>): Promise<unknown> =>
  unlessTaken('team_name', write, () => new Refusal('TeamNameTaken', ErrorCode.NAME_TAKEN, 'Another team has this name.', ['input', 'name']));

/** @throws Refusal InputInvalid */
function nameOf(text: string): { name: string; folded: string } {
  const name = text.trim().normalize('NFC');
  if (name === '' || [...name].length > 100 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || !name.isWellFormed()) throw invalidInput('A team has a name of 1 to 100 characters on one line.', ['input', 'name']);
  return { name, folded: name.toLowerCase() };
}

function descriptionOf(text: string | null | undefined): string | null {
  const description = (text ?? '').trim();
  if (description === '') return null;
  if ([...description].length > 200 || description.includes('\0') || !description.isWellFormed()) throw invalidInput('A description has at most 200 characters.', ['input', 'description']);
  return description;
}
