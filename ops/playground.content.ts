// What the playground opens with: variables that work on the demo data, or blanks to fill in, and the demo accounts.
import type { PlaygroundContent } from '../gateway/playground/playground.page.js';
import { encodeId } from '../subgraphs/kernel/base/ids.js';
import { DEMO_PASSWORD, demoConversationsFacts, demoIdentityFacts } from './demo/demo.facts.js';

const credentials = (email: string, password: string) => ({ input: { email, password } });
const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

/** Variables with a line above them that says where they come from. */
const from = (note: string, input: Record<string, unknown>): string => `// ${note}\n${pretty({ input })}`;

const CONVERSATION = '// The id of a conversation, from ConversationList.';

/** `demo`: the demo tenants exist, and the page may carry their published password. */
export function playgroundContent(demo: boolean): PlaygroundContent {
  const people = [...demoIdentityFacts.tenants.flatMap((tenant) => tenant.people), ...demoIdentityFacts.platform];
  const { id } = demoConversationsFacts.inbox;
  const inboxId = demo && id ? encodeId('inb', id) : '';
  return {
    signIn: 'Login', refresh: 'SessionRefresh',
    accounts: demo ? people.map(({ email }) => ({ label: email, variables: credentials(email, DEMO_PASSWORD) })) : [],
    variables: {
      Login: pretty(demo ? credentials('agent@demo.test', DEMO_PASSWORD) : credentials('', '')),
      Viewer: '',
      ConversationList: pretty({ first: 10 }),
      MessageFeed: `// Either an inbox or one conversation.\n${pretty({ inboxId })}`,
      MessageSend: `${CONVERSATION}\n// A new key for each message: the same key and text again is the same message.\n${
        pretty({ input: { conversationId: '', text: 'Yes, a table for two at eight.', idempotencyKey: 'playground-1' } })}`,
      ConversationStart: from('A contact and an inbox that knows them, from ConversationList. A new key for each start.', { contactId: '', inboxId, text: 'Your table is ready.', idempotencyKey: 'playground-2' }),
      ...inboxVariables(inboxId),
      AttachmentUpload: from('What you are going to upload; then PUT its bytes to the link.', { inboxId, fileName: 'menu.png', mimeType: 'image/png', size: 48213 }),
      MessageStatus: `// The id of a message, from MessageSend or MessageFeed.\n${pretty({ id: '' })}`,
      SessionRefresh: from('From Login. It works once.', { refreshToken: '' }),
      ...workVariables,
      ...sellVariables,
      ...accountVariables(demo),
      ...bookingVariables,
      ...auditVariables(),
    },
  };
}

/** Of connecting channels. */
const inboxVariables = (inboxId: string): Record<string, string> => ({
  InboxCreate: from('As the owner. What Meta\'s app dashboard shows under WhatsApp, API setup (ops/docs/channels.md). The verify token is shown this once.', {
    name: 'Front desk', idempotencyKey: 'playground-3', whatsapp: { phoneNumberId: '', businessAccountId: '', accessToken: '', appSecret: '' },
  }),
  IntegrationStatus: pretty({ first: 25 }),
  CustomIntegrationCreate: from('As the owner. Where a program of yours answers, at the public internet (ops/docs/integrations.md). The secret is shown this once.', { name: 'Our CRM', kind: 'CRM', url: 'https://crm.example.com/cards' }),
  WebhookEndpointCreate: from('As the owner. Where a program of yours listens, at the public internet (ops/docs/webhooks.md). The secret is shown this once.', { url: 'https://till.example.com/hooks', description: 'Till', eventTypes: ['ORDER_PLACED', 'ORDER_MOVED'] }),
  WebhookEndpointList: pretty({ first: 10 }),
  WebhookEndpointReplay: from('As the owner. An endpoint from WebhookEndpointList: what was given up since then is sent anew.', { webhookEndpointId: '', since: '2026-12-01T00:00:00Z' }),
  WebhookDeliveryList: pretty({ first: 10, filter: { status: 'FAILED' } }),
  WebhookDeliveryReplay: from('The id of a delivery, from WebhookDeliveryList. With `body` and `reason` a corrected body is read in the place of what came.', { id: '' }),
  InboxConnectBegin: from('As the owner, where this installation has an app at Meta. Open the url in a browser; it comes back to the frontend with `connection` and `token`.', { channel: 'WHATSAPP' }),
  InboxConnectFinish: from('What the browser brought back, and one of `inboxConnect { choices { externalId } }`.', { connectionId: '', token: '', externalId: '' }),
  InboxAssignmentSet: from('As the owner. People from Viewer or InvitationList; they are given conversations while they are ONLINE (PresenceUpdate).', { inboxId, mode: 'ROUND_ROBIN', capacity: 10, agents: [{ userId: '' }] }),
  InboxTest: from('As the owner. Asks the provider whether it takes the credentials of the inbox.', { inboxId }),
});

/** Of selling. */
const sellVariables: Record<string, string> = {
  Menu: `// Of now; or of a moment, e.g. "at": "2026-12-24T19:00:00Z".\n${pretty({ first: 25 })}`,
  CartCreate: from('A customer from ConversationList (`contact { customer { id } }`).', { customerId: '', fulfillment: 'PICKUP' }),
  CartLineAdd: from('A cart from CartCreate, and a variant and its choices from Menu.', { cartId: '', variantId: '', quantity: 1, choiceIds: [] }),
  OrderPlace: from('A cart from CartLineAdd, and its total. The same key again is the same order.', { cartId: '', expectedTotal: { minor: '950', currency: 'EUR' }, idempotencyKey: 'playground-order-1' }),
  OrderTransition: from('An order from OrderPlace, and one of its `allowedTransitions`.', { orderId: '', to: 'ACCEPTED' }),
  OrderUpdate: from('An order from OrderPlace that is still PLACED, and a variant from Menu. A new key for each change.', { orderId: '', addLines: [{ variantId: '', quantity: 1 }], note: 'Ring twice', idempotencyKey: 'playground-order-2' }),
  CustomerTimeline: `// A customer from OrderList.\n${pretty({ id: '', first: 10 })}`,
  OrderFeed: '// Of your tenant; or of one order: `orderId`.',
  OrderList: pretty({ first: 25, filter: { fulfillmentStatus: 'PLACED' } }),
  PaymentAccountCreate: from('As the owner. Keys of your test account at Stripe; embedded, a stand-in takes any key of this form (ops/docs/payments.md).', { name: 'Till', secretKey: 'sk_test_0123456789', publishableKey: 'pk_test_0123456789' }),
  PaymentCreate: from('An order from OrderPlace and an account from PaymentAccountCreate.', { orderId: '', paymentAccountId: '', idempotencyKey: 'playground-payment-1' }),
  PaymentConfirm: from('A payment from PaymentCreate. The stand-in knows pm_card_visa, pm_card_authenticationRequired, pm_card_chargeDeclined and pm_bank.', { paymentId: '', paymentMethodId: 'pm_card_visa', idempotencyKey: 'playground-payment-2' }),
  PaymentRecord: from('An order from OrderPlace: taken in cash.', { orderId: '', method: 'CASH', idempotencyKey: 'playground-payment-3' }),
  PaymentRefund: from('A payment that SUCCEEDED. Without an amount and lines: all that is left.', { paymentId: '', amount: { minor: '100', currency: 'EUR' }, reason: 'Cold soup', idempotencyKey: 'playground-payment-4' }),
  OrderTicket: `// An order from OrderPlace: what a till prints.\n${pretty({ id: '' })}`,
  OrderImport: from('As the owner. An order that a till made while it was offline; the SKU of a variant from Menu.', {
    source: 'Till 1', externalId: 'T1-4711', placedAt: '2026-12-01T18:00:00Z', fulfillment: 'PICKUP', currency: 'EUR', totalMinor: '1900', lines: [{ sku: '', quantity: 2, unitMinor: '950' }],
  }),
  StockAdjust: from('As the owner. A variant from Menu. A new key for each count.', { variantId: '', change: 10, reason: 'Delivery', idempotencyKey: 'playground-stock-1' }),
};

/** Of what staff do with conversations and contacts. */
const workVariables: Record<string, string> = {
  ConversationAssign: from('A conversation from ConversationList, and a colleague: your own id is in Viewer. `expectedAssigneeId: null` takes it only if nobody has.', { conversationId: '', userId: '', expectedAssigneeId: null }),
  ConversationAssignTeam: from('A conversation from ConversationList and a team; `teamId: null` takes it from its team.', { conversationId: '', teamId: '' }),
  ConversationHandOff: from('A conversation that a bot has. `conversationHandToBot` gives it back.', { conversationId: '' }),
  BotMessageSend: from('As the program behind a bot, with an API key that may `bot:act`; the conversation must be the bot\'s.', { botId: '', conversationId: '', text: 'A table for two is free at eight.', idempotencyKey: 'playground-bot-1' }),
  ConversationSnooze: from('Without a time: until the customer writes.', { conversationId: '', until: '2027-01-04T08:00:00Z' }),
  ConversationResolve: from('`seenSeq` is the newest message you have seen: if the customer has written since, nothing happens.', { conversationId: '', seenSeq: 1 }),
  MessageSearch: `// Words that stand in one message, whatever their case and accents; a phrase between quotation marks.\n${pretty({ query: 'table', first: 10 })}`,
  UnreadConversations: pretty({ statuses: ['OPEN'], mine: false }),
  NoteCreate: from('The customer never sees it. A new key for each note.', { conversationId: '', text: 'He was promised a table by the window.', mentionIds: [], idempotencyKey: 'playground-note-1' }),
  ContactCardsRefresh: from('A contact, from ConversationList. Asks what integrations of your own know of them.', { contactId: '' }),
  ContactMerge: from('Two contacts that are one person. contactMergeUndo takes the id of the merge.', { keepId: '', mergeId: '' }),
};

/** Of tables and who has them. */
const bookingVariables: Record<string, string> = {
  Availability: `// The id of a venue, from \`{ venues { nodes { id name } } }\`: the demo has one (venueCreate makes another).\n${pretty({ venueId: '', date: '2026-12-24', partySize: 2 })}`,
  ReservationHold: from('A slot of Availability. A new key for each booking: the same key and input again is the same hold.', { venueId: '', startsAt: '2026-12-24T18:00:00Z', partySize: 2, idempotencyKey: 'playground-table-1' }),
  ReservationConfirm: from('The id of a hold, from ReservationHold, within 5 minutes; of one with a deposit, once that is paid, it stands by itself.', { reservationId: '' }),
  ReservationFeed: '// Of your tenant; or of one reservation: `reservationId`.',
  DepositPay: from('A hold of a party that is asked for a deposit (of the demo: 6 or more), and an account from PaymentAccountCreate. PaymentConfirm pays it.', { reservationId: '', paymentAccountId: '', idempotencyKey: 'playground-deposit-1' }),
  VenueDepositSet: from('A venue, from `{ venues { nodes { id name } } }`. Without a rule it asks for no deposits.', { venueId: '', rule: { fromParty: 6, amount: { minor: '1000', currency: 'EUR' }, per: 'PERSON', keptWhenLate: true } }),
  GuestReminderSettings: from('As the owner. What is absent stays; `inboxId` and `templateName` null take them away.', { enabled: true, language: 'es' }),
};

/** Of people's accounts, sign-ins and desks. */
const accountVariables = (demo: boolean): Record<string, string> => ({
  AccountRegister: from('A new account and its business. A link is mailed; without SMTP the mail is a file in the data folder.', {
    email: demo ? 'luna@osteria.test' : '', displayName: 'Luna', organizationName: 'Osteria Luna',
  }),
  AccountEmailVerify: from('The token of the mailed link, and the password to sign in with.', { token: '', password: demo ? 'four words in a row' : '' }),
  PasswordForgot: from('The answer is the same whether the address is known or not.', { email: demo ? 'agent@demo.test' : '' }),
  PasswordReset: from('The token of the mailed link.', { token: '', newPassword: '' }),
  ProfileUpdate: pretty({ input: { locale: 'it-IT', timeZone: 'Europe/Rome' } }),
  MfaTotpSetUp: from('The password you signed in with.', { password: demo ? DEMO_PASSWORD : '' }),
  MfaTotpConfirm: from('What the authenticator app shows.', { code: '' }),
  MfaChallengeAnswer: from('The token of the challenge that Login answered with.', { token: '', method: 'TOTP', code: '' }),
  ViewerMfa: '',
  InvitationCreate: from('As a person who manages people. Ids of roles come from `{ roles { nodes { id name } } }`.', { email: demo ? 'guest@demo.test' : '', roleIds: [''] }),
  InvitationAccept: from('The token of the mailed link; a password and a name make an account for an address that has none.', {
    token: '', password: demo ? 'four words in a row' : '', displayName: 'Gina Guest',
  }),
  InvitationList: pretty({ first: 10, filter: { status: 'PENDING' } }),
  SessionList: '',
  SessionRevoke: from('The id of a session, from SessionList.', { sessionId: '' }),
  ApiKeyCreate: from('What it may do; you must hold each permission yourself. The secret is shown this once.', { name: 'Our website', scopes: ['conversation:read'] }),
  ApiKeyRotate: from('The id of a key, from ApiKeyCreate.', { apiKeyId: '', overlapHours: 24 }),
  SessionSwitchTenant: from('The id of a tenant you belong to.', { tenantId: '' }),
  TenantSettings: '',
  TenantSettingsUpdate: from('As an owner or administrator, with the version from TenantSettings.', { expectedVersion: 0, corsOrigins: ['https://app.example.com'] }),
  PresenceUpdate: pretty({ input: { status: 'AWAY', text: 'Back at three' } }),
  NotificationList: pretty({ first: 10, unreadOnly: true }),
  NotificationAdded: '',
  NotificationMarkRead: from('Ids from NotificationList.', { ids: [] }),
});

/** Of the audit trail and what it tells of attacks. */
const auditVariables = (): Record<string, string> => ({
  AuditTrail: pretty({ first: 10 }),
  AuditHistory: `// A type of this graph and the global id of one of its kind.\n${pretty({ type: 'Conversation', id: '' })}`,
  AuditProof: `// The id of an event, from AuditTrail. A checkpoint covers it within seconds.\n${pretty({ eventId: '' })}`,
  AuditVerificationRequest: from('A checkpoint that you kept elsewhere may be added.', {}),
  AuditExportRequest: from('As a person who exports. A new key for each export.', { format: 'JSON_LINES', filter: {}, idempotencyKey: 'playground-1' }),
  ExportCreate: from('Any list of the graph: one that you may read. A new key for each export.', {
    operation: '{ conversations { nodes { id status lastActivityAt contact { name } } } }', variables: {}, format: 'XLSX', title: 'Conversations', timeZone: 'Europe/Rome', language: 'en', idempotencyKey: 'playground-list-1',
  }),
  Export: `// The id of an export, from ExportCreate.\n${pretty({ id: '' })}`,
  ExportProgress: `// The id of an export, from ExportCreate.\n${pretty({ id: '' })}`,
  AuditExport: `// The id of an export, from AuditExportRequest.\n${pretty({ id: '' })}`,
  TenantExportRequest: from('As an owner. A new key for each export.', { idempotencyKey: 'playground-1' }),
  TenantExport: `// The id of an export, from TenantExportRequest.\n${pretty({ id: '' })}`,
  SecurityEventAcknowledge: from('The id of a security event.', { id: '', note: 'It was us.' }),
  TenantKeyRotate: pretty({ input: { note: 'Somebody left.' } }),
});
