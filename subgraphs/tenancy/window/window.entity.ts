// A maintenance window that the platform has announced.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Language } from '../../kernel/base/language.js';

/** By language; English is always there. */
export type WindowTexts = Partial<Record<Language, string>> & { en: string };

export const MaintenanceWindow = defineEntity({
  name: 'MaintenanceWindow', tableName: 'maintenance_window', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    /** The tenant it is about; null: everybody. */
    home: p.uuid().nullable(),
    startsAt: p.datetime(3),
    endsAt: p.datetime(3),
    texts: p.json().$type<WindowTexts>(),
    /** Whether mutations are refused while it runs. */
    refusesWrites: p.boolean(),
    cancelledAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
