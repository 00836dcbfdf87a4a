// Creates customers and links contacts with them; each call is one transaction with its audit event.
import { sql } from 'kysely';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { AuditOrigin } from '../../kernel/messaging/audit.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import type { CustomerAddress } from './customer.entity.js';

export interface NewCustomer {
  /** UUID chosen by the caller: repeating the call with it changes nothing. */
  id: string;
  name: string;
  email: string | null;
  phone: string | null;
}

export class CustomerService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** @returns whether the customer is new */
  async createCustomer(origin: AuditOrigin, tenantId: string, customer: NewCustomer): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => {
      const created = await db(unit.tx).insertInto('Customer').values({ ...customer, addresses: sql<CustomerAddress[]>`'[]'::jsonb`, tenantId, createdAt: unit.now })
        .onConflict((conflict) => conflict.columns(['tenantId', 'id']).doNothing()).returning('id').executeTakeFirst();
      if (!created) return false;
      // Names and addresses stay out of the trail, which outlives them.
      const resource = { type: 'Customer', id: customer.id };
      unit.audit({ action: 'customer.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource });
      return true;
    });
  }

  /** Makes `contactId` a contact of the customer, and of no other. @returns whether that was new */
  async linkContact(origin: AuditOrigin, tenantId: string, link: { contactId: string; customerId: string }): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => {
      const before = await db(unit.tx).selectFrom('CustomerContact').select('customerId')
        .where('contactId', '=', link.contactId).forUpdate().executeTakeFirst();
      if (before?.customerId === link.customerId) return false;
      await db(unit.tx).insertInto('CustomerContact').values({ ...link, tenantId })
        .onConflict((conflict) => conflict.columns(['tenantId', 'contactId']).doUpdateSet({ customerId: link.customerId }))
        .execute();
      unit.audit({
        action: 'customer.contact.link', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Contact', id: link.contactId },
        ...(before ? { before: { customerId: encodeId('cust', before.customerId) } } : {}),
        after: { customerId: encodeId('cust', link.customerId) },
      });
      return true;
    });
  }
}
