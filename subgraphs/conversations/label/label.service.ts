// The labels of a tenant, and which conversations bear them.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { countAlone, unlessTaken } from '../../kernel/data/scarce.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdConversation, tellOf } from '../conversation/conversation.change.js';
import { db } from '../tables.js';
import { LabelDeleted } from '../events.js';
import type { LabelCreateInput, LabelUpdateInput } from './label.inputs.js';
import type { LabelRow } from './label.loaders.js';

const MOST_OF_TENANT = 500;
const MOST_OF_CONVERSATION = 30;
const LABEL = ['input', 'labelId'];

const notFound = (field: readonly string[]): Refusal => new Refusal('LabelNotFound', ErrorCode.NOT_FOUND, 'There is no such label in your tenant.', field);
const limitReached = (most: number): Refusal => new Refusal('LabelLimitReached', ErrorCode.LIMIT_REACHED, `There may be ${most} at the most.`, null);

export class LabelService {
  /** By name. @throws BAD_USER_INPUT */
  async page(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<LabelRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && !value.includes('\0')]);
    const found = await db(await context.read()).selectFrom('Label').select(['id', 'name', 'color', 'description', 'createdAt']).where('tenantId', '=', context.tenantId).where('deletedAt', 'is', null)
      .$if(beyond !== null, (query) => query.where('name', '>', String(beyond?.[0]))).orderBy('name').limit(size + 1).execute();
    return pageOf(found, size, after, ({ name }) => encodeCursor([name]));
  }

  /** @throws Refusal InputInvalid, LabelNameTaken, LabelLimitReached */
  create(context: OperationContext, input: LabelCreateInput): Promise<string> {
    const { tenantId } = context;
    const label = { name: nameOf(input.name), color: colorOf(input.color), description: descriptionOf(input.description) };
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Label', id } };
      await countAlone(unit.tx, 'label', tenantId);
      const { rows: [count] } = await sql<{ n: number }>`select count(*)::int as n from (select from conversations.label where tenant_id = ${tenantId}::uuid and deleted_at is null limit ${MOST_OF_TENANT}) few`.execute(unit.tx.getKysely());
      if ((count?.n ?? 0) >= MOST_OF_TENANT) throw limitReached(MOST_OF_TENANT);
      await named(() => db(unit.tx).insertInto('Label').values({ tenantId, id, ...label, createdAt: unit.now, deletedAt: null }).execute());
      audit.draft = { ...audit.draft, after: { ...label } };
      return id;
    });
  }

  /** @throws Refusal LabelNotFound, InputInvalid, LabelNameTaken */
  update(context: OperationContext, id: string, input: LabelUpdateInput): Promise<void> {
    const given = {
      ...(typeof input.name === 'string' ? { name: nameOf(input.name) } : {}),
      ...(typeof input.color === 'string' ? { color: colorOf(input.color) } : {}),
      ...(input.description === undefined ? {} : { description: descriptionOf(input.description) }),
    };
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Label', id } };
      const before = await held(unit, id);
      const after = { ...before, ...given };
      await named(() => db(unit.tx).updateTable('Label').set(after).where('id', '=', id).execute());
      audit.draft = { ...audit.draft, before: { ...before }, after };
    });
  }

  /**
   * It is gone for everybody from then on; `LabelRemoval` takes it off what bears it. Whoever puts it on a conversation holds it: after
   * this nobody does. @throws Refusal LabelNotFound, also when it was deleted before
   */
  delete(context: OperationContext, id: string): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Label', id } };
      const before = await held(unit, id);
      await db(unit.tx).updateTable('Label').set({ deletedAt: unit.now }).where('id', '=', id).execute();
      unit.emit(LabelDeleted, { labelId: id });
      audit.draft = { ...audit.draft, before };
    });
  }

  /** Those it bears already are no error. @throws Refusal ConversationNotFound, LabelNotFound, LabelLimitReached, InputInvalid */
  add(context: OperationContext, conversationId: string, labelIds: readonly string[]): Promise<void> {
    return this.#change(context, conversationId, labelIds, async (unit, wanted) => {
      const { rows: known } = await sql`select from conversations.label where id = any (${wanted}::uuid[]) and deleted_at is null order by id for key share`.execute(unit.tx.getKysely());
      if (known.length < wanted.length) throw notFound(['input', 'labelIds']);
      await sql`insert into conversations.conversation_label (tenant_id, conversation_id, label_id, added_at)
        select ${context.tenantId}::uuid, ${conversationId}::uuid, wanted, ${unit.now} from unnest(${wanted}::uuid[]) wanted on conflict do nothing`.execute(unit.tx.getKysely());
    });
  }

  /** Those it does not bear are no error. @throws Refusal ConversationNotFound, InputInvalid */
  remove(context: OperationContext, conversationId: string, labelIds: readonly string[]): Promise<void> {
    return this.#change(context, conversationId, labelIds, async (unit, wanted) => {
      // One that was deleted is left to its removal, which tells of it.
      await sql`delete from conversations.conversation_label b using conversations.label l where b.conversation_id = ${conversationId}::uuid and b.label_id = any (${wanted}::uuid[])
        and l.tenant_id = b.tenant_id and l.id = b.label_id and l.deleted_at is null`.execute(unit.tx.getKysely());
    });
  }

  /** Two changes of one conversation are one after the other. */
  #change(context: OperationContext, id: string, labelIds: readonly string[], change: (unit: UnitOfWork, wanted: string[]) => Promise<void>): Promise<void> {
    const wanted = [...new Set(labelIds)];
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
      if (wanted.length === 0 || wanted.length > MOST_OF_CONVERSATION) throw invalidInput(`Name 1 to ${MOST_OF_CONVERSATION} labels.`, ['input', 'labelIds']);
      const held = await holdConversation(unit, id);
      const before = await borne(unit, id);
      await change(unit, wanted);
      const after = await borne(unit, id);
      if (after.length > MOST_OF_CONVERSATION) throw limitReached(MOST_OF_CONVERSATION);
      if (before.join() !== after.join()) tellOf(unit, held);
      audit.draft = { ...audit.draft, before: { labels: before }, after: { labels: after } };
    });
  }
}

/** Nobody puts it on anything until the end of the change. @throws Refusal LabelNotFound */
async function held({ tx }: UnitOfWork, id: string): Promise<{ name: string; color: string; description: string | null }> {
  const label = await db(tx).selectFrom('Label').select(['name', 'color', 'description']).where('id', '=', id).where('deletedAt', 'is', null).forUpdate().executeTakeFirst();
  if (!label) throw notFound(LABEL);
  return label;
}

/** Names of the labels a conversation bears. */
async function borne({ tx }: UnitOfWork, conversationId: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select l.name from conversations.conversation_label b join conversations.label l on l.tenant_id = b.tenant_id and l.id = b.label_id and l.deleted_at is null
    where b.conversation_id = ${conversationId}::uuid order by l.name`.execute(tx.getKysely());
  return rows.map(({ name }) => name);
}

const named = (write: () => Promise<unknown>): Promise<unknown> =>
  unlessTaken('label_name', write, () => new Refusal('LabelNameTaken', ErrorCode.NAME_TAKEN, 'Another label has this name.', ['input', 'name']));

/** @throws Refusal InputInvalid */
function nameOf(text: string): string {
  const name = text.trim().normalize('NFC').toLowerCase();
  if (name === '' || [...name].length > 50 || /\p{Cc}/u.test(name) || !name.isWellFormed()) throw invalidInput('A label has a name of 1 to 50 characters.', ['input', 'name']);
  return name;
}

function colorOf(text: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(text)) throw invalidInput('A colour is # and six hexadecimal digits.', ['input', 'color']);
  return text.toLowerCase();
}

function descriptionOf(text: string | null | undefined): string | null {
  const description = (text ?? '').trim();
  if (description === '') return null;
  if ([...description].length > 200 || description.includes('\0') || !description.isWellFormed()) throw invalidInput('A description has at most 200 characters.', ['input', 'description']);
  return description;
}
