// Contacts: found, made, changed, blocked, merged.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { shownAttributes } from '../attribute/attribute.values.js';
import { contactById, inboxById, type ContactRow } from '../conversation/conversation.loaders.js';
import { UserReference } from '../conversation/conversation.type.js';
import { InboxType } from '../inbox/inbox.type.js';
import { setBlocked } from './contact.block.js';
import {
  ContactBlockInput, ContactCreateInput, ContactMergeInput, ContactMergeUndoInput, ContactsArgs, ContactUnblockInput, ContactUpdateInput,
} from './contact.inputs.js';
import { identitiesOf, listContacts, mergeById, mergesInto, type IdentityRow, type MergeRow } from './contact.list.js';
import { mergeContacts } from './contact.merge.js';
import { ContactType } from './contact.type.js';
import { undoMerge } from './contact.unmerge.js';
import {
  ContactAttribute, ContactBlockPayload, ContactConnection, ContactCreatePayload, ContactIdentityType, ContactMergePayload, ContactMergeType, ContactMergeUndoPayload, ContactUnblockPayload,
  ContactUpdatePayload,
} from './contact.work.type.js';
import { createContact, updateContact } from './contact.write.js';

const contactOf = ({ contactId }: { contactId: string }): string => inputId('cont', contactId, ['input', 'contactId']);
const answered = async (context: OperationContext, id: string) => ({ contact: await context.load(contactById, id), userErrors: [] });

@Resolver(() => ContactType)
export class ContactResolver {
  @Query(() => ContactConnection, { nullable: true, description: 'Contacts of your tenant, those made last first. Contacts that are part of another one are not listed.' })
  contacts(@Args(() => ContactsArgs) args: ContactsArgs, @Ctx() context: OperationContext) {
    return listContacts(context, args);
  }

  @Query(() => ContactType, { nullable: true, description: 'One contact; null when your tenant has none with this id. One that is part of another one is still found, and names it (`mergedInto`).' })
  contact(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(contactById, inputId('cont', id, ['id']));
  }

  @Mutation(() => ContactCreatePayload, { nullable: true, description: 'Makes a contact who has not written yet.' })
  async contactCreate(@Arg('input', () => ContactCreateInput, { description: 'What is known of them.' }) input: ContactCreateInput, @Ctx() context: OperationContext) {
    return answered(context, await createContact(context, input));
  }

  @Mutation(() => ContactUpdatePayload, { nullable: true, description: 'Changes what is known of a contact. Repeating it changes nothing.' })
  async contactUpdate(@Arg('input', () => ContactUpdateInput, { description: 'Which contact, and what changes.' }) input: ContactUpdateInput, @Ctx() context: OperationContext) {
    const id = contactOf(input);
    await updateContact(context, id, input);
    return answered(context, id);
  }

  @Mutation(() => ContactBlockPayload, {
    nullable: true, description: 'Blocks a contact: their conversations are resolved and stay so, whatever they write, which is kept; nothing is sent to them. Repeating it changes nothing.',
  })
  async contactBlock(@Arg('input', () => ContactBlockInput, { description: 'Which contact.' }) input: ContactBlockInput, @Ctx() context: OperationContext) {
    const id = contactOf(input);
    await setBlocked(context, id, true);
    return answered(context, id);
  }

  @Mutation(() => ContactUnblockPayload, { nullable: true, description: 'Unblocks a contact: what they write next opens their conversation. Repeating it changes nothing.' })
  async contactUnblock(@Arg('input', () => ContactUnblockInput, { description: 'Which contact.' }) input: ContactUnblockInput, @Ctx() context: OperationContext) {
    const id = contactOf(input);
    await setBlocked(context, id, false);
    return answered(context, id);
  }

  @Mutation(() => ContactMergePayload, {
    nullable: true,
    description: 'Two contacts are one person: the addresses, conversations and notes of one become the other\'s, who also gets what they lack (name, e-mail, attributes …). '
      + 'Of two open conversations in one inbox the one in which less happened of late is resolved. Two visitors of one web chat are not merged: each could read what the other wrote. '
      + 'It can be undone: `contactMergeUndo`.',
  })
  async contactMerge(@Arg('input', () => ContactMergeInput, { description: 'Who stays, and who becomes part of them.' }) input: ContactMergeInput, @Ctx() context: OperationContext) {
    const id = await mergeContacts(context, inputId('cont', input.keepId, ['input', 'keepId']), inputId('cont', input.mergeId, ['input', 'mergeId']));
    return { merge: await context.load(mergeById, id), userErrors: [] };
  }

  @Mutation(() => ContactMergeUndoPayload, {
    nullable: true,
    description: 'They are two persons again. What moved goes back, unless it has moved or changed since. What came since stays with the contact that was kept, '
      + 'but for conversations in an inbox that knows the other one alone: these go with their address.',
  })
  async contactMergeUndo(@Arg('input', () => ContactMergeUndoInput, { description: 'Which merge.' }) input: ContactMergeUndoInput, @Ctx() context: OperationContext) {
    const id = inputId('cmrg', input.mergeId, ['input', 'mergeId']);
    await undoMerge(context, id);
    return { merge: await context.load(mergeById, id), userErrors: [] };
  }

  @FieldResolver(() => [ContactAttribute], { description: 'Custom attributes, by name: about 50 at most.' })
  attributes(@Root() { attributes }: ContactRow) {
    return shownAttributes(attributes);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Their e-mail address, in lower case; null when it is not known.' })
  email(@Root() row: ContactRow) {
    return row.email;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Their number, E.164, as staff wrote it; null when nobody did. What channels told is with `identities`.' })
  phone(@Root() row: ContactRow) {
    return row.phone;
  }

  @FieldResolver(() => String, { nullable: true, description: 'What another system of yours calls them; null when nobody said.' })
  identifier(@Root() row: ContactRow) {
    return row.identifier;
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'Since when they are blocked, UTC; null when they are not.' })
  blockedAt(@Root() row: ContactRow) {
    return row.blockedAt;
  }

  @FieldResolver(() => DateTime, { description: 'When they were made or first wrote, UTC.' })
  createdAt(@Root() row: ContactRow) {
    return row.createdAt;
  }

  @FieldResolver(() => ContactType, { nullable: true, description: 'The contact they are part of, whose conversations and addresses are theirs; null while they are somebody of their own.' })
  mergedInto(@Root() row: ContactRow, @Ctx() context: OperationContext) {
    return row.mergedInto === null ? null : context.load(contactById, row.mergedInto);
  }

  @FieldResolver(() => [ContactIdentityType], { description: 'The names by which inboxes know them, oldest first.' })
  async identities(@Root() row: ContactRow, @Ctx() context: OperationContext) {
    return (await context.load(identitiesOf, row.id)) ?? [];
  }

  @FieldResolver(() => [ContactMergeType], { description: 'Merges that stand by which others became part of them, newest first: at most 100.' })
  async merges(@Root() row: ContactRow, @Ctx() context: OperationContext) {
    return (await context.load(mergesInto, row.id)) ?? [];
  }
}

@Resolver(() => ContactIdentityType)
export class ContactIdentityResolver {
  @FieldResolver(() => InboxType, { description: 'The inbox, and by it the channel.' })
  inbox(@Root() row: IdentityRow, @Ctx() context: OperationContext) {
    return context.load(inboxById, row.inboxId);
  }
}

@Resolver(() => ContactMergeType)
export class ContactMergeResolver {
  @FieldResolver(() => ContactType, { nullable: true, description: 'The contact that stayed.' })
  kept(@Root() row: MergeRow, @Ctx() context: OperationContext) {
    return context.load(contactById, row.keptId);
  }

  @FieldResolver(() => ContactType, { nullable: true, description: 'The contact that became part of it.' })
  merged(@Root() row: MergeRow, @Ctx() context: OperationContext) {
    return context.load(contactById, row.mergedId);
  }

  @FieldResolver(() => UserReference, { nullable: true, description: 'Who merged them.' })
  mergedBy(@Root() row: MergeRow) {
    return row.mergedBy === null ? null : { id: row.mergedBy };
  }
}
