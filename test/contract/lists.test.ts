// A list that can grow is a connection; every other list is named here with the reason why it stays short.
import { describe, expect, it } from '@jest/globals';
import { getNamedType, isCompositeType, isListType, isNonNullType, isObjectType, type GraphQLField, type GraphQLOutputType } from 'graphql';
import { PAGE_DEFAULT, PAGE_MAX } from '../../subgraphs/kernel/graphql/connections.js';
import { committedApiSchema } from '../kit/supergraph.js';

/** Lists without pages: field -> why it is short. */
const SHORT: Readonly<Record<string, string>> = {
  'Product.variants': 'at most 100 of one product',
  'Product.optionGroups': 'at most 20 of one product',
  'Product.images': 'at most 10 of one product',
  'Product.windows': 'at most 50 of one product',
  'ProductImportFaulty.faults': 'one a row of a file of at most 1,000',
  'OptionGroup.choices': 'at most 50 of one group',
  'OptionChoice.deltas': 'one for each currency, at most 20',
  'Variant.prices': 'one for each currency, at most 20',
  'Variant.options': 'at most 10 of one variant',
  'Cart.lines': 'at most 50 of one cart',
  'CartLine.choices': 'at most 100 of one line',
  'Order.lines': 'at most 50 of one order',
  'Order.events': 'the steps and changes of one order, at most 60',
  'OrderChange.lines': 'the lines of one order before and after, at most 100',
  'Order.payments': 'the payments of one order, at most 100',
  'Payment.events': 'what happened to one payment, at most 100',
  'Payment.refunds': 'the refunds of one payment, at most 100',
  'Payment.disputes': 'the disputes of one payment, at most 100',
  'OrderLine.choices': 'at most 100 of one line',
  'OutOfStock.shortages': 'the lines of one cart, at most 50',
  'Customer.addresses': 'at most 20 of one customer',
  'Customer.contacts': 'at most 100 of one customer',
  'Customer.lifetimeValue': 'one for each currency a customer bought in',
  'Query.nodes': 'as many as the caller asked for, at most 100',
  'TenantChoiceRequired.tenants': 'the tenants one person belongs to',
  'TenantErasure.receipts': 'one a subgraph',
  'TenantErasureReceipt.tables': 'one a table of a subgraph',
  'Viewer.notificationPreferences': 'one for each kind',
  'NotificationMarkReadPayload.notifications': 'as many as were named, at most 100',
  'NotificationPreferencesUpdatePayload.preferences': 'one for each kind',
  'AccessExplanation.reasons': 'facts about one person and one permission, of at most 200 former grants',
  'Bot.inboxes': 'the inboxes one bot serves, at most 100',
  'TenantUsage.measures': 'one for each thing that is counted',
  'Invoice.lines': 'a plan, a credit, and an overage for each month that was not charged yet',
  'PlanTooSmall.over': 'one for each thing that is limited',
  'RefusedChange.over': 'one for each thing that is limited',
  'TenantPlan.limits': 'one for each thing that is limited',
  'Invitation.roles': 'the roles it offers, at most 10',
  'TenantSettings.flags': 'a few that are known to the code',
  'IsolationDrill.subgraphs': 'the subgraphs there are',
  'IsolationDrill.findings': 'what is wrong with the walls, at most 100 of each subgraph',
  'MaintenanceWindow.texts': 'one for each language',
  'Query.retentionPreview': 'one for each kind that is asked about',
  'Query.commerceRetentionPreview': 'one for each kind that is asked about',
  'Query.staffRetentionPreview': 'one for each kind that is asked about',
  'ChoiceContent.answers': 'the fields of one form',
  'ChoicesContent.sections': 'what one message offers',
  'ChoiceSection.options': 'what one message offers',
  'Contact.attributes': 'at most 50 of one contact, a few more after a merge',
  'Contact.cards': 'one for each integration of the tenant\'s own, at most 10',
  'ContactCard.fields': 'at most 30 of one card',
  'Contact.identities': 'the names by which inboxes know one person',
  'Contact.merges': 'newest first, at most 100',
  'Conversation.attributes': 'at most 50 of one conversation',
  'Conversation.labels': 'at most 30 of one conversation',
  'ContactNote.mentions': 'at most 20 of one note',
  'InboxAssignment.agents': 'at most 200 of one inbox',
  'InboxAssignment.excludedLabels': 'at most 30 of one inbox',
  'Team.members': 'at most 200 of one team',
  'Note.mentions': 'at most 20 of one note',
  'ContactsContent.contacts': 'the cards of one message',
  'MediaContent.media': 'the files of one message',
  'MessageMatch.excerpt': 'pieces of some 160 characters',
  'AttachmentUploadPayload.headers': 'the headers of one upload',
  'Message.reactions': 'one of the customer and one of the business',
  'InboxConnect.choices': 'what one person may connect, at most 100',
  'OrderContent.products': 'what one cart holds',
  'Contact.consents': 'one for each inbox by which the customer said something',
  'MessageTemplate.buttons': 'the buttons of one template',
  'MessageTemplate.slots': 'the places of one template',
  'TemplateContent.parameters': 'the places of one template',
  'User.grants': 'the roles of one person in one tenant',
  'TenantKeyRotation.parts': 'one for each subgraph that keeps secrets',
  'User.roles': 'the roles of one person in one tenant',
  'Viewer.tenants': 'the tenants one person belongs to',
  'Venue.stays': 'at most 20 sizes of party',
  'Venue.openingHours': 'at most 50 hours of a week, and 5 of each of 100 days',
  'Venue.areas': 'at most 50 of one venue',
  'Venue.tables': 'at most 300 of one venue',
  'Venue.combinations': 'at most 300 of one venue',
  'TableCombination.tables': 'at most 20 that are put together',
  'Availability.slots': 'the times of one day',
  'Reservation.payments': 'the payments of one deposit, at most 100',
  'Reservation.reminders': 'at most 2 of one reservation',
  'Reservation.tables': 'at most 20 that are put together',
  'Reservation.history': 'newest first, at most 100',
  'Query.webhookEventTypes': 'what is public, known to the code',
  'Viewer.roles': 'the roles of one person in one tenant',
};

const isList = (type: GraphQLOutputType): boolean => isListType(type) || (isNonNullType(type) && isListType(type.ofType));

interface ListField {
  path: string;
  field: GraphQLField<unknown, unknown>;
}

const schema = committedApiSchema();
const objects = Object.values(schema.getTypeMap()).filter(isObjectType).filter(({ name }) => !name.startsWith('__'));
const fields: ListField[] = objects.flatMap((type) => Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, field })));
const unpaged = fields.filter(({ path, field }) =>
  isList(field.type) && isCompositeType(getNamedType(field.type)) && !/(Connection\.(nodes|edges)|\.userErrors)$/.test(path));
const connections = fields.filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));

it('a list of objects is a connection, or is named with its reason', () => {
  expect(unpaged.map(({ path }) => path).sort()).toEqual(Object.keys(SHORT).sort());
});

describe('connections', () => {
  it('exist', () => expect(connections.length).toBeGreaterThan(2));

  it.each(connections)('$path takes first and after', ({ field }) => {
    const types = Object.fromEntries(field.args.map((arg) => [arg.name, { type: String(arg.type), description: arg.description }]));
    expect(types).toMatchObject({ first: { type: 'Int' }, after: { type: 'String' } });
    expect(types['first']?.description).toContain(String(PAGE_MAX));
    expect(types['first']?.description).toContain(String(PAGE_DEFAULT));
  });

  it.each(connections)('$path says in which order', ({ field }) => expect(field.description).toMatch(/\b(first|then|by|ascending|descending)\b/i));
});
