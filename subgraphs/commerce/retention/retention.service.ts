// Deletes what a tenant does not keep any longer of its bookings and its selling.
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { tenantScope, type Scope } from '../../kernel/data/scope.js';
import type { RetentionCrashPoint } from '../../kernel/messaging/retention.crash.js';
import { purge, type RetentionOrder } from '../../kernel/messaging/retention.js';
import type { UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { BOOKING_CLASSES } from './booking.classes.js';
import { SELLING_CLASSES } from './selling.classes.js';

/** Nobody is given this permission: the policies of what is deleted ask for it. */
const scopeOf = (tenantId: string): Scope => ({ ...tenantScope(tenantId), permissions: ['retention:purge'] });

export class RetentionService {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly crash: CrashPoint<RetentionCrashPoint>) {}

  /** @returns how many rows went */
  purge(order: RetentionOrder): Promise<number> {
    const { BOOKINGS } = order.before;
    // Who waited is kept as long as who got a table.
    const before = BOOKINGS === undefined ? order.before : { ...order.before, WAITLISTS: BOOKINGS };
    return purge(this.unit, { classes: [...BOOKING_CLASSES, ...SELLING_CLASSES], scopeOf, crash: this.crash }, { ...order, before });
  }
}
