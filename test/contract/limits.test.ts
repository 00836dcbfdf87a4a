// Until tenancy's first word arrives, whoever counts grants what tenancy's smallest tier gives; and what is counted is in the catalogue.
import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { INITIAL as compliance } from '../../subgraphs/compliance/tenant-limit/tenant-limit.js';
import { INITIAL as conversations } from '../../subgraphs/conversations/tenant-limit/tenant-limit.js';
import { API_KEYS, INITIAL as identity } from '../../subgraphs/identity/tenant-limit/tenant-limit.js';
import { limitsOf } from '../../subgraphs/tenancy/plan/plan.limits.js';
import { TenantTier } from '../../subgraphs/tenancy/tenant/tenant.type.js';

const free = limitsOf({ tier: TenantTier.FREE, plan: null }, { version: 1, anchor: new Date(0) });

it.each([['identity', identity], ['conversations', conversations], ['compliance', compliance]])('%s begins with the smallest tier', (_, initial) => {
  expect(Object.keys(initial.ceilings).length).toBeGreaterThan(0);
  expect([initial.tier, [...initial.features]]).toEqual([free.tier, free.features]);
  for (const quota of Object.keys(initial.ceilings)) expect([quota, initial.ceilings[quota]]).toEqual([quota, free.ceilings[quota]]);
  for (const name of Object.keys(initial.offers)) expect([name, initial.offers[name]]).toEqual([name, free.offers[name]]);
});

it('knows the feature that keys need', () => expect(identity.offers[API_KEYS]?.length).toBeGreaterThan(0));
