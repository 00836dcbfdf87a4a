// Custom attributes of a conversation.
import { isDeepStrictEqual } from 'node:util';
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { MOST_ATTRIBUTES, withAttributes, type AttributeGiven } from '../attribute/attribute.values.js';
import { db } from '../tables.js';
import { holdConversation, tellOf } from './conversation.change.js';

/** Those that are not named stay. What is so already is told to nobody. @throws Refusal ConversationNotFound, InputInvalid */
export function setAttributes(context: OperationContext, id: string, given: readonly AttributeGiven[]): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    if (given.length === 0 || given.length > MOST_ATTRIBUTES) throw invalidInput(`Name 1 to ${MOST_ATTRIBUTES} attributes.`, ['input', 'attributes']);
    const held = await holdConversation(unit, id);
    const { attributes: before } = await db(unit.tx).selectFrom('Conversation').select('attributes').where('id', '=', id).executeTakeFirstOrThrow();
    const after = withAttributes(before, given, 'A conversation');
    // Names, never what they say.
    audit.draft = { ...audit.draft, after: { attributes: given.map(({ name }) => name) } };
    if (isDeepStrictEqual(before, after)) return;
    await db(unit.tx).updateTable('Conversation').set({ attributes: JSON.stringify(after) as never }).where('id', '=', id).execute();
    tellOf(unit, held);
  });
}
