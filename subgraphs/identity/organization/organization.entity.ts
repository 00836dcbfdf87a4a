// A tenant as identity must know it before anybody is signed in: its name, and until tenancy has it, what it was registered with.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Brand } from '../mail/mail.brand.js';

export type OrganizationState = 'ACTIVE' | 'SUSPENDED' | 'DELETING';

/** What tenancy makes of a registration. */
export interface OrganizationRegistration {
  locale: string;
  timeZone: string;
  currency: string;
}

export const Organization = defineEntity({
  name: 'Organization', tableName: 'organization', schema: 'identity',
  properties: {
    /** The tenant's id. */
    id: p.uuid().primary().fieldName('tenant_id'),
    name: p.text(),
    /** Null once tenancy has taken over. */
    registration: p.json().$type<OrganizationRegistration>().nullable(),
    /** As tenancy last said. */
    state: p.text().$type<OrganizationState>().default('ACTIVE'),
    /** Which of tenancy's announcements that was; they come in any order. */
    stateVersion: p.integer().default(0),
    /** Under white label: what it is called outside. */
    brand: p.json().$type<Brand>().nullable(),
    /** When tenancy was last told. */
    announcedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
