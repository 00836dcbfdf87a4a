// A house with staff who work with its contacts, and people who write to it.
import { expect } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

export type Answer = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };
export interface Person { id: string; uuid: string; conversation: string; from: string }

const RIGHTS = ['conversation:read', 'conversation:create', 'conversation:update', 'contact:update', 'contact:merge'];
const CONTACT = 'contact { id name email phone identifier blockedAt attributes { name text number flag } identities { externalId phone inbox { id channel } } mergedInto { id } }';

export class ContactDesk {
  #phone = 15550300000;
  readonly staff: Actor;
  readonly rival = person(newId(), RIGHTS);

  private constructor(readonly house: TestConversations) {
    this.staff = person(house.tenantId, RIGHTS);
  }

  static async boot(): Promise<ContactDesk> {
    return new ContactDesk(await TestConversations.boot());
  }

  async ask(field: string, input: Record<string, unknown>, { select = CONTACT, by = this.staff } = {}): Promise<Answer> {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const { data, errors } = await this.house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, by);
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.[field] as Answer;
  }

  async done(field: string, input: Record<string, unknown>, select = CONTACT): Promise<Record<string, unknown>> {
    const answer = await this.ask(field, input, { select });
    expect(answer.userErrors).toEqual([]);
    return Object.values(answer)[0] as Record<string, unknown>;
  }

  async refusal(field: string, input: Record<string, unknown>, by = this.staff): Promise<unknown[]> {
    const { userErrors } = await this.ask(field, input, { select: '__typename', by });
    return userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
  }

  /** Somebody who has written once. */
  async writer(): Promise<Person> {
    const from = String(this.#phone += 1);
    const conversation = await this.house.conversation(from);
    const [row] = await this.house.rows<{ id: string }>('select contact_id as id from conversations.conversation where id = $1', [conversation]);
    return { id: encodeId('cont', row?.id ?? ''), uuid: row?.id ?? '', conversation, from };
  }
}
