// Customers as staff keep them: added, changed, listed, and which contacts they are.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId, isUuid, newId } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { lineOf, linesOf, textOf } from '../given.js';
import { db } from '../tables.js';
import type { CustomerAddress } from './customer.entity.js';
import { holdCustomer, noCustomer } from './customer.hold.js';
import type { CustomerAddressInput, CustomerCreateInput, CustomersArgs, CustomerUpdateInput } from './customer.inputs.js';
import { CUSTOMER, type CustomerRow } from './customer.loaders.js';

const tagOf = (tag: string): string => tag.trim().normalize('NFC').toLowerCase();
const emailOf = (email: string): string => email.trim().toLowerCase();

/** Newest first. @throws BAD_USER_INPUT */
export async function listCustomers(context: OperationContext, { first, after, filter }: CustomersArgs): Promise<Page<CustomerRow>> {
  const size = pageSize(first);
  const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
  const sought = (text: string): string => text.replaceAll('\0', '');
  const conditions = [
    sql`c.tenant_id = ${context.tenantId}::uuid`, sql`c.merged_into is null`,
    ...(beyond === undefined ? [] : [sql`c.id < ${beyond}::uuid`]),
    ...(typeof filter?.email === 'string' ? [sql`c.email = ${sought(emailOf(filter.email))}`] : []),
    ...(typeof filter?.phone === 'string' ? [sql`c.phone = ${sought(filter.phone)}`] : []),
    ...(typeof filter?.tag === 'string' ? [sql`exists (select from commerce.customer_tag t where t.tenant_id = c.tenant_id and t.customer_id = c.id and t.tag = ${sought(tagOf(filter.tag))})`] : []),
  ];
  const { rows } = await sql<CustomerRow>`select ${CUSTOMER} from commerce.customer c where ${sql.join(conditions, sql` and `)} order by c.id desc limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
}

/** What is given; what is absent is not among it. @throws Refusal InputInvalid */
function columnsOf({ name, email, phone, addresses }: Omit<CustomerUpdateInput, 'customerId' | 'tags'>) {
  if (typeof email === 'string' && (email.length > 320 || !/^[^\s@\0]+@[^\s@\0]+$/.test(email.trim()))) throw invalidInput('Give an e-mail address.', ['input', 'email']);
  if (typeof phone === 'string' && !/^\+[1-9]\d{4,14}$/.test(phone)) throw invalidInput('Give a number as E.164 writes it, e.g. +393331234567.', ['input', 'phone']);
  return {
    ...(typeof name === 'string' ? { name: lineOf(name, ['input', 'name'], 200) } : {}),
    ...(email === undefined ? {} : { email: email === null ? null : emailOf(email) }),
    ...(phone === undefined ? {} : { phone }),
    ...(addresses ? { addresses: sql<CustomerAddress[]>`${JSON.stringify(addressesOf(addresses))}::jsonb` } : {}),
  };
}

/** @throws Refusal InputInvalid */
function addressesOf(addresses: readonly CustomerAddressInput[]): CustomerAddress[] {
  const path = (name: string): string[] => ['input', 'addresses', name];
  if (addresses.length > 20) throw invalidInput('Give at most 20 addresses.', ['input', 'addresses']);
  return addresses.map(({ label, lines, postalCode, city, country }) => {
    if (typeof country === 'string' && !/^[A-Z]{2}$/.test(country)) throw invalidInput('A country is two capital letters, e.g. IT.', path('country'));
    const text = textOf(lines, path('lines'), 300);
    if (text === null) throw invalidInput('Say where it is.', path('lines'));
    return { label: lineOf(label, path('label'), 50), lines: text, postalCode: textOf(postalCode, path('postalCode'), 20), city: textOf(city, path('city'), 100), country: country ?? null };
  });
}

const tagsOf = (tags: readonly string[]): string[] => linesOf(tags.map(tagOf), ['input', 'tags'], { most: 20, length: 50 });

/** Names and addresses stay out of the trail, which outlives them: it tells which were given. @throws Refusal InputInvalid */
export function addCustomer(context: OperationContext, input: CustomerCreateInput): Promise<string> {
  const { tenantId } = context;
  const given = columnsOf(input);
  const name = lineOf(input.name, ['input', 'name'], 200);
  const tags = tagsOf(input.tags ?? []);
  return context.mutate(async (unit, audit) => {
    const id = newId();
    audit.draft = { ...audit.draft, resource: { type: 'Customer', id }, after: { fields: [...Object.keys(given), ...(tags.length > 0 ? ['tags'] : [])].toSorted() } };
    await db(unit.tx).insertInto('Customer').values({ email: null, phone: null, addresses: sql<CustomerAddress[]>`'[]'::jsonb`, ...given, name, id, tenantId, createdAt: unit.now }).execute();
    await writeTags(unit, tenantId, id, tags);
    return id;
  });
}

/** @throws Refusal CustomerNotFound, InputInvalid */
export function changeCustomer(context: OperationContext, id: string, input: CustomerUpdateInput): Promise<void> {
  const given = columnsOf(input);
  const tags = input.tags ? tagsOf(input.tags) : null;
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Customer', id } };
    const held = await db(unit.tx).selectFrom('Customer').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
    if (!held) throw noCustomer(['input', 'customerId']);
    if (Object.keys(given).length > 0) await db(unit.tx).updateTable('Customer').set(given).where('id', '=', id).execute();
    if (tags) {
      await sql`delete from commerce.customer_tag where customer_id = ${id}::uuid and tag <> all (${tags}::text[])`.execute(unit.tx.getKysely());
      await writeTags(unit, context.tenantId, id, tags);
    }
    audit.draft = { ...audit.draft, after: { fields: [...Object.keys(given), ...(tags ? ['tags'] : [])].toSorted() } };
  });
}

async function writeTags({ tx }: UnitOfWork, tenantId: string, customerId: string, tags: readonly string[]): Promise<void> {
  if (tags.length === 0) return;
  await sql`insert into commerce.customer_tag (tenant_id, customer_id, tag) select ${tenantId}::uuid, ${customerId}::uuid, tag from unnest(${[...tags]}::text[]) tag on conflict do nothing`.execute(tx.getKysely());
}

/** Who is a contact is known to conversations alone: one that is not of the tenant is linked to nothing that anybody sees. @throws Refusal CustomerNotFound */
export function linkContact(context: OperationContext, { contactId, customerId }: { contactId: string; customerId: string | null }): Promise<void> {
  const { tenantId } = context;
  const told = (id: string | null) => ({ customerId: id === null ? null : encodeId('cust', id) });
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Contact', id: contactId } };
    if (customerId !== null) await holdCustomer(unit, customerId, ['input', 'customerId']);
    const before = await db(unit.tx).selectFrom('CustomerContact').select('customerId').where('contactId', '=', contactId).forUpdate().executeTakeFirst();
    if (customerId === null) await db(unit.tx).deleteFrom('CustomerContact').where('contactId', '=', contactId).execute();
    else {
      await db(unit.tx).insertInto('CustomerContact').values({ contactId, customerId, tenantId })
        .onConflict((conflict) => conflict.columns(['tenantId', 'contactId']).doUpdateSet({ customerId })).execute();
    }
    audit.draft = { ...audit.draft, before: told(before?.customerId ?? null), after: told(customerId) };
  });
}
