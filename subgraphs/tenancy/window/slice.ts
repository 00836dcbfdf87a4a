// Maintenance windows of the platform.
import { can, each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { maintenanceWindow } from '../migrations/20261129-95-maintenance-window.js';
import { MaintenanceWindow } from './window.entity.js';
import { WindowResolver } from './window.resolver.js';
import { MaintenanceWindowEnded, MaintenanceWindowNotFound, MaintenanceWindowOverlaps } from './window.type.js';

const USER_ERROR = ['message', 'code', 'field'] as const;
const MUTATIONS = ['maintenanceWindowSchedule', 'maintenanceWindowUpdate', 'maintenanceWindowCancel'] as const;
const audited = (verb: string) => ({ action: `maintenance_window.${verb}`, type: 'DATA_WRITE' as const, resource: 'MaintenanceWindow' });

export const windowSlice: Slice = {
  resolvers: [WindowResolver],
  orphanedTypes: [MaintenanceWindowEnded, MaintenanceWindowNotFound, MaintenanceWindowOverlaps],
  entities: [MaintenanceWindow],
  migrations: [maintenanceWindow],
  platformTables: ['maintenance_window'],
  ids: { MaintenanceWindow: 'mwin' },
  rules: {
    Query: { maintenanceWindows: signedIn },
    Mutation: each(can('system:admin'), ...MUTATIONS),
    MaintenanceWindow: each(inherited, 'id', 'tenantId', 'startsAt', 'endsAt', 'refusesWrites', 'state', 'text', 'texts'),
    MaintenanceText: each(inherited, 'language', 'text'),
    MaintenanceWindowConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    MaintenanceWindowEdge: each(inherited, 'node', 'cursor'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    ...Object.fromEntries(['Schedule', 'Update', 'Cancel'].map((verb) => [`MaintenanceWindow${verb}Payload`, each(inherited, 'window', 'userErrors')])),
    MaintenanceWindowNotFound: each(inherited, ...USER_ERROR),
    MaintenanceWindowEnded: each(inherited, ...USER_ERROR),
    MaintenanceWindowOverlaps: each(inherited, ...USER_ERROR, 'windowId'),
  },
  mutations: { maintenanceWindowSchedule: audited('schedule'), maintenanceWindowUpdate: audited('update'), maintenanceWindowCancel: audited('cancel') },
  classes: {
    MaintenanceWindow: { tenant: 'plain', startsAt: 'plain', endsAt: 'plain', refusesWrites: 'plain', texts: 'plain', cancelledAt: 'plain' },
  },
};
