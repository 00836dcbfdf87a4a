// Security events: what audit events tell of attacks, listed, live, acknowledged.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan } from '../../kernel/graphql/rules.js';
import { InputInvalid } from '../../kernel/graphql/user-errors.js';
import { securityEvents } from '../migrations/20261129-11-security-event.js';
import { PlatformSecurityEvent, SecurityEvent } from './security-event.entity.js';
import { SecurityAlertRaised, SecurityEventAdded } from './security-event.events.js';
import { SecurityEventAddedResolver, SecurityEventFeedResolver, SecurityEventResolver, SecuritySubjectResolver } from './security-event.resolver.js';
import { readSecurityEvent } from './security-event.service.js';
import { SecurityEventAddedEvent, SecurityEventFeedGap, SecurityEventNotFound } from './security-event.type.js';

const USER_ERROR_FIELDS = ['message', 'code', 'field'] as const;

export const securityEventSlice: Slice = {
  resolvers: [SecurityEventResolver, SecuritySubjectResolver, SecurityEventAddedResolver, SecurityEventFeedResolver],
  orphanedTypes: [InputInvalid, SecurityEventNotFound, SecurityEventAddedEvent, SecurityEventFeedGap],
  entities: [SecurityEvent, PlatformSecurityEvent],
  migrations: [securityEvents],
  platformTables: ['platform_security_event', 'platform_security_sign', 'platform_security_place'],
  ids: { SecurityEvent: 'sev' },
  nodes: ['SecurityEvent'],
  references: { SecurityEvent: { rule: can('audit:read'), resolve: readSecurityEvent } },
  permissions: { 'audit:manage': 'Acknowledge security events.' },
  rules: {
    Query: { securityEvents: can('audit:read') },
    Mutation: { securityEventAcknowledge: personCan('audit:manage') },
    Subscription: { securityEventAdded: can('audit:read') },
    SecurityEventConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    SecurityEventEdge: each(inherited, 'node', 'cursor'),
    SecurityEvent: each(
      inherited, 'id', 'nodeKey', 'rule', 'severity', 'state', 'text', 'subject', 'count', 'firstAt', 'lastAt', 'auditEventIds', 'acknowledgedBy', 'acknowledgedAt', 'note',
    ),
    SecuritySubject: each(inherited, 'kind', 'id', 'user'),
    SecurityEventAcknowledgePayload: each(inherited, 'securityEvent', 'userErrors'),
    SecurityEventNotFound: each(inherited, ...USER_ERROR_FIELDS),
    InputInvalid: each(inherited, ...USER_ERROR_FIELDS),
    SecurityEventAdded: each(inherited, 'cursor', 'securityEvent'),
    SecurityEventFeedGap: each(inherited, 'cursor', 'reason'),
  },
  mutations: { securityEventAcknowledge: { action: 'security_event.acknowledge', type: 'SECURITY', resource: 'SecurityEvent' } },
  classes: { SecurityEvent: { repeated: 'plain', state: 'plain', note: 'plain' } },
  events: [SecurityEventAdded, SecurityAlertRaised],
};
