// Who and what the demo is made of. Synthetic, fixed, and only ever created on the embedded database.
import type { DemoCommerceFacts } from '../../subgraphs/commerce/demo.js';
import type { DemoCompliance } from '../../subgraphs/compliance/demo.js';
import type { DemoConversations } from '../../subgraphs/conversations/demo.js';
import type { DemoIdentity } from '../../subgraphs/identity/demo.js';
import type { DemoTenancy } from '../../subgraphs/tenancy/demo.js';
import { PLAN_WITH } from '../../subgraphs/tenancy/plan/plan.catalogue.js';
import { limitsOf } from '../../subgraphs/tenancy/plan/plan.limits.js';
import { TenantTier } from '../../subgraphs/tenancy/tenant/tenant.type.js';

const id = (last: number): string => `01930000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;

export const DEMO_PASSWORD = 'switchboard-demo-only';
export const DEMO_INBOX = {
  key: 'demo-whatsapp', appSecret: 'demo-app-secret', verifyToken: 'demo-verify-token', accessToken: 'demo-access-token', phoneNumberId: '106540352242922',
  businessAccountId: '419561257915477',
};
export const DEMO_CONTACT = { whatsappId: '15550009999', name: 'Giulia Conti' };

const AURORA = id(0xa0);
const RIVAL = id(0xb0);
const CONTACT = id(0xc1);

export const demoTenancyFacts: DemoTenancy = {
  tenants: [
    { id: AURORA, name: 'Trattoria Aurora', tier: TenantTier.PROFESSIONAL, locale: 'en', timeZone: 'Europe/Rome', currency: 'EUR' },
    { id: RIVAL, name: 'Bistro Rival', tier: TenantTier.STANDARD, locale: 'en', timeZone: 'Europe/Paris', currency: 'EUR' },
  ],
};

/** In force before tenancy's own word, which is version 1, arrives: whoever meets the demo finds it complete. */
const limits = (tier: TenantTier) => limitsOf({ tier, plan: PLAN_WITH[tier] }, { version: 0, anchor: new Date('2026-11-01T00:00:00.000Z') });

export const demoComplianceFacts: DemoCompliance = { tenants: demoTenancyFacts.tenants.map(({ id: tenantId, tier }) => ({ tenantId, limits: limits(tier) })) };

export const demoIdentityFacts: DemoIdentity = {
  password: DEMO_PASSWORD,
  tenants: [
    { tenantId: AURORA, name: 'Trattoria Aurora', limits: limits(TenantTier.PROFESSIONAL), people: [
      { userId: id(1), email: 'owner@demo.test', displayName: 'Olivia Owner', role: 'OWNER' },
      { userId: id(2), email: 'admin@demo.test', displayName: 'Adam Admin', role: 'ADMIN' },
      { userId: id(3), email: 'agent@demo.test', displayName: 'Agnes Agent', role: 'AGENT' },
      { userId: id(4), email: 'analyst@demo.test', displayName: 'Anna Analyst', role: 'ANALYST' },
      { userId: id(5), email: 'viewer@demo.test', displayName: 'Victor Viewer', role: 'VIEWER' },
    ] },
    { tenantId: RIVAL, name: 'Bistro Rival', limits: limits(TenantTier.STANDARD), people: [{ userId: id(6), email: 'owner@rival.test', displayName: 'Rita Rival', role: 'OWNER' }] },
  ],
  platform: [{ userId: id(7), email: 'root@demo.test', displayName: 'Root', role: 'SUPER_ADMIN' }],
};

export const demoConversationsFacts: DemoConversations = {
  tenantId: AURORA,
  inbox: {
    id: id(0xd1), key: DEMO_INBOX.key, name: 'Aurora WhatsApp', channel: 'WHATSAPP', address: DEMO_INBOX.phoneNumberId,
    credentials: { appSecret: DEMO_INBOX.appSecret, verifyToken: DEMO_INBOX.verifyToken, accessToken: DEMO_INBOX.accessToken, externalId: DEMO_INBOX.phoneNumberId,
      businessAccountId: DEMO_INBOX.businessAccountId },
  },
  contacts: [{ id: CONTACT, name: DEMO_CONTACT.name, externalId: DEMO_CONTACT.whatsappId, phone: `+${DEMO_CONTACT.whatsappId}` }],
};

const order = (last: number, number: number, totalMinor: bigint, fulfillmentStatus: 'COMPLETED' | 'PREPARING', placedAt: string) => ({
  id: id(last), number, currency: 'EUR', totalMinor, fulfillmentStatus, chargeStatus: 'FULL' as const, placedAt: new Date(placedAt),
});

const table = (last: number, name: string, minParty: number, maxParty: number) => ({ id: id(last), name, minParty, maxParty });

export const demoCommerceFacts: DemoCommerceFacts = {
  tenantId: AURORA,
  venue: {
    id: id(0x101), name: 'Trattoria Aurora', timeZone: 'Europe/Rome', areaId: id(0x102), area: 'Sala', opens: 18 * 60, closes: 23 * 60,
    tables: [table(0x111, '1', 1, 2), table(0x112, '2', 1, 2), table(0x113, '3', 2, 4), table(0x114, '4', 2, 4)],
    together: { id: id(0x121), name: '3 + 4', tableIds: [id(0x113), id(0x114)], minParty: 5, maxParty: 8 },
    deposit: { fromParty: 6, minor: '1000', currency: 'EUR', per: 'PERSON', kept: true },
    reservations: [
      { id: id(0x131), inDays: 1, at: 20 * 60, partySize: 4, guestName: 'Marco Rossi', customerId: null, tableId: id(0x113) },
      { id: id(0x132), inDays: 3, at: 20 * 60, partySize: 2, guestName: DEMO_CONTACT.name, customerId: id(0xe1), tableId: id(0x111) },
      { id: id(0x133), inDays: 1, at: 19 * 60 + 30, partySize: 2, guestName: 'Luca Bruno', customerId: null, tableId: id(0x112) },
    ],
    // A party for which two tables are needed, one of which is taken.
    waiting: { id: id(0x141), inDays: 1, from: 20 * 60, to: 20 * 60 + 30, partySize: 8, guestName: 'Chiara Ricci' },
  },
  customers: [{
    id: id(0xe1), name: DEMO_CONTACT.name, phone: `+${DEMO_CONTACT.whatsappId}`, contactId: CONTACT,
    orders: [
      order(0xf1, 1001, 3_450n, 'COMPLETED', '2026-09-04T18:30:00.000Z'),
      order(0xf2, 1002, 5_280n, 'COMPLETED', '2026-10-11T19:05:00.000Z'),
      order(0xf3, 1003, 2_190n, 'PREPARING', '2026-11-02T12:15:00.000Z'),
    ],
  }],
};
