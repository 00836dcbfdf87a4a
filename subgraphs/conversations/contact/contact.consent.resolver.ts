// Whether a customer may be written to: shown, and noted by staff.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { contactById, inboxById } from '../conversation/conversation.loaders.js';
import { db } from '../tables.js';
import { noteOptIn, noteOptOut } from './contact.consent.js';
import type { ConsentSource } from './contact.consent.entity.js';
import { ContactConsent, ContactConsentSetInput, ContactConsentSetPayload } from './contact.consent.type.js';
import { lockKnownContact } from './contact.identity.js';
import { ContactType } from './contact.type.js';

interface ConsentRow {
  inboxId: string;
  optedOut: boolean;
  source: ConsentSource;
  changedAt: Date;
}

/** The last word by each inbox: of several names there the one by which they may not be written to. */
const consentsOf = defineLoader<OperationContext, string, ConsentRow[]>({
  name: 'contact.consents', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('ContactIdentity').innerJoin('ContactConsent', (join) =>
      join.onRef('ContactConsent.inboxId', '=', 'ContactIdentity.inboxId').onRef('ContactConsent.externalId', '=', 'ContactIdentity.externalId'))
      .select(['ContactIdentity.contactId as contactId', 'ContactConsent.inboxId as inboxId', 'ContactConsent.optedOut as optedOut', 'ContactConsent.source as source', 'ContactConsent.changedAt as changedAt'])
      .where('ContactIdentity.contactId', 'in', [...ids]).orderBy('ContactConsent.inboxId').orderBy('ContactConsent.optedOut').orderBy('ContactConsent.changedAt').execute();
    const found = new Map<string, Map<string, ConsentRow>>();
    for (const { contactId, ...row } of rows) {
      const own = found.get(contactId) ?? new Map<string, ConsentRow>();
      found.set(contactId, own.set(row.inboxId, row));
    }
    return new Map([...found].map(([id, own]) => [id, [...own.values()]]));
  },
});

@Resolver(() => ContactType)
export class ContactConsentResolver {
  @FieldResolver(() => [ContactConsent], { description: 'Whether they may be written to, by each inbox by which that was ever said.' })
  async consents(@Root() { id }: { id: string }, @Ctx() context: OperationContext) {
    const rows = (await context.load(consentsOf, id)) ?? [];
    return Promise.all(rows.map(async (row) => ({ ...row, inbox: await context.load(inboxById, row.inboxId) })));
  }

  @Mutation(() => ContactConsentSetPayload, { nullable: true, description: 'Notes that a customer does not want to be written to by an inbox, or wants to be again.' })
  async contactConsentSet(@Arg('input', () => ContactConsentSetInput, { description: 'Who, by which inbox, and what they said.' }) input: ContactConsentSetInput, @Ctx() context: OperationContext) {
    const contactId = inputId('cont', input.contactId, ['input', 'contactId']);
    const inboxId = inputId('inb', input.inboxId, ['input', 'inboxId']);
    await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Contact', id: contactId } };
      const target = { tenantId: context.tenantId, inboxId };
      const inbox = await db(unit.tx).selectFrom('Inbox').select('id').where('id', '=', inboxId).executeTakeFirst();
      if (!inbox) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', ['input', 'inboxId']);
      const { known, reachable } = await lockKnownContact(unit, target, contactId);
      if (!known) throw new Refusal('ContactNotFound', ErrorCode.NOT_FOUND, 'The contact was not found.', ['input', 'contactId']);
      if (!reachable) throw new Refusal('ContactUnreachable', ErrorCode.BAD_USER_INPUT, 'This inbox has no address of the contact.', ['input', 'contactId']);
      const names = await db(unit.tx).selectFrom('ContactIdentity').select('externalId').where('inboxId', '=', inboxId).where('contactId', '=', contactId).orderBy('externalId').execute();
      for (const { externalId } of names) await (input.optedOut ? noteOptOut : noteOptIn)(unit, target, externalId, 'STAFF');
      audit.draft = { ...audit.draft, after: { optedOut: input.optedOut } };
    });
    return { contact: await context.load(contactById, contactId), userErrors: [] };
  }
}
