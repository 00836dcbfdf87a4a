// Contacts that staff make and change.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { lockName } from '../message/message.lock.js';
import { db } from '../tables.js';
import { withAttributes, type AttributeGiven } from '../attribute/attribute.values.js';
import { checkedFields, type ContactFields } from './contact.fields.js';
import { holdContacts } from './contact.hold.js';
import type { ContactAddressInput, ContactCreateInput } from './contact.inputs.js';

const MOST_ADDRESSES = 10;

const taken = (field: readonly string[]): Refusal => new Refusal('ContactTaken', ErrorCode.NAME_TAKEN, 'Another contact has this.', field);

/** @throws Refusal InputInvalid, ContactTaken, InboxNotFound */
export function createContact(context: OperationContext, input: ContactCreateInput): Promise<string> {
  const { tenantId } = context;
  const fields = { name: null, email: null, phone: null, identifier: null, ...checkedFields(input) };
  const attributes = withAttributes({}, input.attributes ?? [], 'A contact');
  const addresses = addressesOf(input.addresses ?? []);
  return context.mutate(async (unit, audit) => {
    const id = newId();
    audit.draft = { ...audit.draft, resource: { type: 'Contact', id } };
    // Names first, as whoever takes in what somebody writes.
    await addAddresses(unit, tenantId, id, addresses);
    await unique(() => db(unit.tx).insertInto('Contact')
      .values({ id, tenantId, ...fields, attributes: JSON.stringify(attributes) as never, createdAt: unit.now, blockedAt: null, mergedInto: null }).execute());
    audit.draft = { ...audit.draft, after: { fields: namesOf(fields), attributes: Object.keys(attributes), addresses: addresses.length } };
    return id;
  });
}

/** @throws Refusal ContactNotFound, ContactMerged, InputInvalid, ContactTaken */
export function updateContact(context: OperationContext, id: string, given: ContactFields & { attributes?: readonly AttributeGiven[] | null }): Promise<void> {
  const fields = checkedFields(given);
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Contact', id } };
    const [held] = await holdContacts(unit, [{ id, field: ['input', 'contactId'] }]);
    const attributes = withAttributes(held?.attributes ?? {}, given.attributes ?? [], 'A contact');
    await unique(() => db(unit.tx).updateTable('Contact').set({ ...fields, attributes: JSON.stringify(attributes) as never }).where('id', '=', id).execute());
    audit.draft = { ...audit.draft, after: { fields: Object.keys(fields), attributes: (given.attributes ?? []).map(({ name }) => name) } };
  });
}

interface Address {
  inboxId: string;
  externalId: string;
  phone: string | null;
}

/** @throws Refusal InputInvalid, BAD_USER_INPUT */
function addressesOf(given: readonly ContactAddressInput[]): Address[] {
  if (given.length > MOST_ADDRESSES) throw invalidInput(`Give at most ${MOST_ADDRESSES} addresses.`, ['input', 'addresses']);
  return given.map(({ inboxId, externalId, phone }, index) => {
    const field = ['input', 'addresses', String(index)];
    const id = externalId.trim();
    if (id === '' || id.length > 200 || /[\p{Cc}\s]/u.test(id) || !id.isWellFormed()) throw invalidInput('An id at a provider has 1 to 200 characters without spaces.', [...field, 'externalId']);
    if (typeof phone === 'string' && !/^\+[1-9]\d{5,14}$/.test(phone)) throw invalidInput('A number is + and 6 to 15 digits (E.164).', [...field, 'phone']);
    return { inboxId: inputId('inb', inboxId, [...field, 'inboxId']), externalId: id, phone: phone ?? null };
  });
}

async function addAddresses(unit: UnitOfWork, tenantId: string, contactId: string, addresses: readonly Address[]): Promise<void> {
  const { tx, now } = unit;
  // In one order, whatever the client's: of two that name the same ones neither waits for the other.
  const ordered = addresses.map((address, index) => ({ ...address, index, key: `${address.inboxId}/${address.externalId}` })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  for (const { index, inboxId, externalId, phone } of ordered) {
    const field = ['input', 'addresses', String(index)];
    const inbox = await db(tx).selectFrom('Inbox').select('id').where('id', '=', inboxId).where('state', '<>', 'DELETED').executeTakeFirst();
    if (!inbox) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', [...field, 'inboxId']);
    // Somebody may write for the first time at this moment: then they are somebody already.
    const { numAffectedRows } = await sql`insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, phone, created_at)
      values (${tenantId}::uuid, ${inboxId}::uuid, ${externalId}, ${contactId}::uuid, ${phone}, ${now}) on conflict do nothing`.execute(tx.getKysely());
    if (Number(numAffectedRows ?? 0) === 0) throw taken([...field, 'externalId']);
    await lockName(unit, inboxId, externalId);
  }
}

const UNIQUE: Readonly<Record<string, string>> = { contact_email: 'email', contact_phone: 'phone', contact_identifier: 'identifier' };

/** @throws Refusal ContactTaken */
export async function unique(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { code, constraint = '' } = error as { code?: string; constraint?: string };
    const field = UNIQUE[constraint];
    throw code === '23505' && field !== undefined ? taken(['input', field]) : error;
  }
}

const namesOf = (fields: ContactFields): string[] => Object.entries(fields).filter(([, value]) => value !== null).map(([name]) => name);
