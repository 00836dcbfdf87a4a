// Inboxes: connected, tested, switched off and on, given new secrets, deleted.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import { noteAddressJob } from '../jobs.js';
import { addressDue } from '../migrations/20261201-13-address-due.js';
import { inboxStanding } from '../migrations/20261130-31-inbox-standing.js';
import { InboxAddressTaken, InboxCredentialsRefused, ProviderUnreachable } from './inbox.payloads.js';
import { InboxResolver } from './inbox.resolver.js';
import { ChannelUnavailable } from './inbox.unavailable.js';

const userError = each(inherited, 'message', 'code', 'field');
const inboxPayload = each(inherited, 'inbox', 'userErrors');

export const inboxSlice: Slice = {
  resolvers: [InboxResolver],
  orphanedTypes: [InboxAddressTaken, InboxCredentialsRefused, ProviderUnreachable, ChannelUnavailable],
  migrations: [inboxStanding, addressDue],
  jobs: [noteAddressJob],
  permissions: {
    'inbox:read': 'See how inboxes and integrations of your own stand: addresses, tests, tokens and what waits.',
    'inbox:manage': 'Connect, change and delete inboxes and integrations of your own, and replay what providers delivered.',
  },
  rules: {
    Mutation: each(can('inbox:manage'), 'inboxCreate', 'inboxUpdate', 'inboxTest', 'inboxSecretRotate', 'inboxDisable', 'inboxEnable', 'inboxDelete'),
    Inbox: {
      ...each(inherited, 'state', 'reopen', 'disabledReason', 'disabledAt'),
      ...each(can('inbox:read'), 'webhookUrl', 'externalId', 'disabledDetail', 'lastReceivedAt', 'lastSentAt', 'lastTest', 'tokenExpiresAt', 'secretOverlapUntil'),
    },
    InboxTestResult: each(inherited, 'passed', 'code', 'message', 'testedAt'),
    InboxCreatePayload: { ...inboxPayload, ...each(inherited, 'verifyToken', 'signingSecret') },
    InboxTestPayload: { ...inboxPayload, ...each(inherited, 'test') },
    InboxUpdatePayload: inboxPayload,
    InboxSecretRotatePayload: inboxPayload,
    InboxDisablePayload: inboxPayload,
    InboxEnablePayload: inboxPayload,
    InboxDeletePayload: inboxPayload,
    InboxAddressTaken: userError,
    InboxCredentialsRefused: { ...userError, ...each(inherited, 'providerCode') },
    ProviderUnreachable: userError,
    ChannelUnavailable: { ...userError, ...each(inherited, 'reason') },
  },
  mutations: {
    inboxCreate: { action: 'inbox.create', type: 'DATA_WRITE', resource: 'Inbox' },
    inboxUpdate: { action: 'inbox.update', type: 'DATA_WRITE', resource: 'Inbox' },
    inboxTest: { action: 'inbox.test', type: 'API', resource: 'Inbox' },
    inboxSecretRotate: { action: 'inbox.rotate_secret', type: 'SECURITY', resource: 'Inbox' },
    inboxDisable: { action: 'inbox.disable', type: 'DATA_WRITE', resource: 'Inbox' },
    inboxEnable: { action: 'inbox.enable', type: 'DATA_WRITE', resource: 'Inbox' },
    inboxDelete: { action: 'inbox.delete', type: 'DATA_DELETE', resource: 'Inbox' },
  },
  classes: {
    Inbox: {
      state: 'plain', reopen: 'plain', disabledReason: 'plain', rotated: 'plain', overlapUntil: 'plain', passed: 'plain', code: 'plain', repeated: 'plain', expiresAt: 'plain',
    },
  },
};
