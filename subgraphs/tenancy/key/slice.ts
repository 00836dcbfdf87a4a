// The keys of a tenant: rotated when its administrators ask for it.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { InputInvalid } from '../../kernel/graphql/user-errors.js';
import { TenantKeyRotationRequested } from '../events.js';
import { announceKeyRotationJob, confirmKeyRotationJob, keyReactions, keyTriggers, rotateKeysJob, TenancyKeysRotated } from '../jobs.js';
import { keyRotation } from '../migrations/20261129-76-key-rotation.js';
import { TenantKeyRotation, TenantKeyRotationPart } from './key-rotation.entity.js';
import { KeyRotationResolver } from './key-rotation.resolver.js';
import { TenantKeyRotationRunning } from './key-rotation.type.js';

const USER_ERROR = each(inherited, 'message', 'code', 'field');

export const keySlice: Slice = {
  resolvers: [KeyRotationResolver],
  orphanedTypes: [InputInvalid, TenantKeyRotationRunning],
  entities: [TenantKeyRotation, TenantKeyRotationPart],
  migrations: [keyRotation],
  ids: { TenantKeyRotation: 'tkr' },
  rules: {
    Query: { tenantKeyRotation: can('settings:read') },
    Mutation: { tenantKeyRotate: can('settings:update') },
    TenantKeyRotation: each(inherited, 'id', 'state', 'note', 'startedAt', 'finishedAt', 'parts'),
    TenantKeyRotationPart: each(inherited, 'subgraph', 'state', 'resealed', 'unreadable', 'finishedAt'),
    TenantKeyRotatePayload: each(inherited, 'rotation', 'userErrors'),
    TenantKeyRotationRunning: USER_ERROR,
    InputInvalid: USER_ERROR,
  },
  mutations: { tenantKeyRotate: { action: 'tenant_key.rotate', type: 'SECURITY', resource: 'TenantKeyRotation' } },
  classes: { TenantKeyRotation: { state: 'plain', note: 'plain', resealed: 'plain', unreadable: 'plain' } },
  events: [TenantKeyRotationRequested, TenancyKeysRotated],
  jobs: [announceKeyRotationJob, confirmKeyRotationJob, rotateKeysJob],
  triggers: keyTriggers,
  reactions: keyReactions,
};
