// The log: what the trail is sealed into, and how it is proved.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { verifyJob } from '../jobs.js';
import { log } from '../migrations/20261129-01-log.js';
import { AUDIT_MAINTENANCE } from '../migrations/20261129-01-log.functions.js';
import { AuditVerification, LogCheckpoint, LogKey, LogStream } from './log.entity.js';
import { FindingResolver, LogResolver, VerificationResolver } from './log.resolver.js';
import { AuditVerificationRunning } from './log.type.js';

const USER_ERROR = each(inherited, 'message', 'code', 'field');

export const logSlice: Slice = {
  resolvers: [LogResolver, VerificationResolver, FindingResolver],
  orphanedTypes: [AuditVerificationRunning],
  entities: [LogStream, LogCheckpoint, LogKey, AuditVerification],
  migrations: [log],
  platformTables: ['log_key'],
  systemFunctions: AUDIT_MAINTENANCE,
  ids: { Tenant: 'tnt', AuditEvent: 'aud', AuditKey: 'akey', AuditVerification: 'avf' },
  rules: {
    Query: each(can('audit:read'), 'auditCheckpoint', 'auditProof', 'auditConsistency', 'auditVerification'),
    Mutation: each(can('audit:read'), 'auditVerificationRequest'),
    AuditCheckpoint: each(inherited, 'size', 'root', 'note', 'signedAt'),
    AuditProof: each(inherited, 'position', 'entry', 'leafHash', 'path', 'checkpoint'),
    AuditConsistency: each(inherited, 'from', 'to', 'path'),
    AuditVerification: each(inherited, 'id', 'state', 'checked', 'total', 'finding', 'requestedAt', 'finishedAt'),
    AuditFinding: each(inherited, 'kind', 'position', 'eventId', 'message'),
    AuditVerificationRequestPayload: each(inherited, 'verification', 'userErrors'),
    AuditVerificationRunning: USER_ERROR,
    InputInvalid: USER_ERROR,
  },
  mutations: { auditVerificationRequest: { action: 'audit.verify_request', type: 'COMPLIANCE', resource: 'AuditVerification' } },
  classes: { AuditKey: { endorsedBy: 'plain' }, AuditVerification: { checked: 'plain', position: 'plain' } },
  routes: [{ name: 'auditKeys', method: 'GET', path: '/.well-known/switchboard-audit-keys', auth: 'public', maxBytes: 1_024, timeoutMs: 5_000 }],
  jobs: [verifyJob],
};
