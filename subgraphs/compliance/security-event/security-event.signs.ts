// What rules look at: an audit event as it enters the trail, and the questions a rule can ask of it.
import { networkOf } from '../../kernel/base/client-network.js';

/** An event of the trail, as far as rules look at it. */
export interface TrailEvent {
  id: string;
  /** null: the platform. */
  tenantId: string | null;
  action: string;
  outcome: string;
  reason: string | null;
  occurredAt: Date;
  actorKind: string;
  actorId: string | null;
  resourceType: string | null;
  resourceId: string | null;
  ip: string | null;
  userAgent: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export const SUBJECT_KINDS = ['USER', 'API_KEY', 'ROLE', 'INBOX', 'NETWORK'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];
export interface Subject {
  kind: SubjectKind;
  id: string;
}

const OF_TYPE: Readonly<Record<string, SubjectKind>> = { User: 'USER', ApiKey: 'API_KEY', Role: 'ROLE', Inbox: 'INBOX' };
const OF_ACTOR: Readonly<Record<string, SubjectKind>> = { user: 'USER', api_key: 'API_KEY' };

/** Whom a rule suspects or warns of. Events with the same subject are counted together; null: the event tells of none. */
export const SUBJECTS = {
  /** Who did it. */
  actor: ({ actorKind, actorId }: TrailEvent): Subject | null => subject(OF_ACTOR[actorKind], actorId),
  /** What it was done to. */
  resource: ({ resourceType, resourceId }: TrailEvent): Subject | null => subject(OF_TYPE[resourceType ?? ''], resourceId),
  /** The network it came from. */
  network: ({ ip }: TrailEvent): Subject | null => {
    const network = networkOf(ip);
    return network === 'unknown' ? null : { kind: 'NETWORK', id: network };
  },
} as const;

const subject = (kind: SubjectKind | undefined, id: string | null): Subject | null => (kind === undefined || id === null ? null : { kind, id });

/** Where somebody signed in from. Versions change by themselves: a device is its user agent without numbers. */
export const PLACES = {
  device: ({ userAgent }: TrailEvent): string | null => userAgent?.replace(/[\d._]+/g, '') ?? null,
  network: ({ ip }: TrailEvent): string | null => {
    const network = networkOf(ip);
    return network === 'unknown' ? null : network;
  },
} as const;
export type PlaceKind = keyof typeof PLACES;

/** Rights that lead to more rights, or to everything. */
const isPrivilege = (permission: unknown): boolean => typeof permission === 'string' && /:(manage|admin)$/.test(permission);
const listOf = (facts: Record<string, unknown> | null, name: string): unknown[] => {
  const value = facts?.[name];
  return Array.isArray(value) ? value : [];
};
const gains = ({ before, after }: TrailEvent, name: string): boolean =>
  listOf(after, name).some((value) => isPrivilege(value) && !listOf(before, name).includes(value));

export const givesPrivileges = ({ after }: TrailEvent): boolean => listOf(after, 'privileges').length > 0;
export const gainsPrivileges = (event: TrailEvent): boolean => gains(event, 'permissions');
export const gainsWideScopes = (event: TrailEvent): boolean => gains(event, 'scopes');
export const opensSession = ({ after }: TrailEvent): boolean => after?.['signedIn'] === true;
export const asksForForeignTenant = ({ after }: TrailEvent): boolean => after?.['member'] === false;
export const spendsBackupCode = ({ after }: TrailEvent): boolean => after?.['method'] === 'BACKUP_CODE';
