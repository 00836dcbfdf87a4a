// Connecting by a provider's dialogue: begun, agreed to, finished; numbers verified.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan } from '../../kernel/graphql/rules.js';
import { refreshTokenJob } from '../jobs.js';
import { inboxConnection } from '../migrations/20261130-33-inbox-connection.js';
import { ConnectionResolver } from './connection.resolver.js';
import { CALLBACK_PATH } from './connection.service.js';
import { ConnectUnavailable, InboxConnectNotFound, PhoneVerificationRefused } from './connection.type.js';

const userError = each(inherited, 'message', 'code', 'field');

export const connectionSlice: Slice = {
  resolvers: [ConnectionResolver],
  orphanedTypes: [InboxConnectNotFound, ConnectUnavailable, PhoneVerificationRefused],
  migrations: [inboxConnection],
  sealed: [{ table: 'inbox_connection', column: 'granted', row: 'id', tenant: { column: 'tenant_id' } }],
  ids: { InboxConnect: 'inc' },
  rules: {
    Query: { inboxConnect: personCan('inbox:manage') },
    Mutation: {
      ...each(personCan('inbox:manage'), 'inboxConnectBegin', 'inboxConnectFinish'), ...each(can('inbox:manage'), 'inboxPhoneVerificationBegin', 'inboxPhoneVerificationConfirm'),
    },
    InboxConnect: each(inherited, 'id', 'channel', 'choices'),
    InboxConnectChoice: each(inherited, 'externalId', 'name'),
    InboxConnectBeginPayload: each(inherited, 'connectionId', 'url', 'userErrors'),
    InboxConnectFinishPayload: each(inherited, 'inbox', 'subscription', 'userErrors'),
    InboxPhoneVerificationBeginPayload: each(inherited, 'inbox', 'userErrors'),
    InboxPhoneVerificationConfirmPayload: each(inherited, 'inbox', 'userErrors'),
    InboxConnectNotFound: userError,
    ConnectUnavailable: userError,
    PhoneVerificationRefused: { ...userError, ...each(inherited, 'providerCode') },
  },
  mutations: {
    inboxConnectBegin: { action: 'inbox.connect_begin', type: 'API', resource: 'InboxConnect' },
    inboxConnectFinish: { action: 'inbox.connect_finish', type: 'DATA_WRITE', resource: 'Inbox' },
    inboxPhoneVerificationBegin: { action: 'inbox.verify_phone_begin', type: 'API', resource: 'Inbox' },
    inboxPhoneVerificationConfirm: { action: 'inbox.verify_phone', type: 'API', resource: 'Inbox' },
  },
  classes: { InboxConnect: { channel: 'plain', choices: 'plain', code: 'plain' } },
  routes: [{ name: 'metaConnectCallback', method: 'GET', path: CALLBACK_PATH, auth: 'signature', maxBytes: 0, timeoutMs: 45_000 }],
  jobs: [refreshTokenJob],
};
