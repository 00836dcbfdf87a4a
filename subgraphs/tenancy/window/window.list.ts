// Maintenance windows as people and gateways read them: one's own and everybody's; the platform's people see all.
import type { AnnouncedWindow } from '../../kernel/base/settings-port.js';
import { encodeId, isUuid } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import type { MaintenanceWindowsArgs } from './window.inputs.js';
import { WINDOW_COLUMNS, type WindowRow } from './window.service.js';

/** Gateways are told of so many of a tenant; of more that are planned they hear in time. */
const MOST_ANNOUNCED = 20;

/** By their start. @throws BAD_USER_INPUT */
export async function listWindows(context: OperationContext, { first, after, past }: MaintenanceWindowsArgs): Promise<Page<WindowRow>> {
  const size = pageSize(first);
  const [startsAt, id] = decodeCursor(after, [isInstantText, (value) => typeof value === 'string' && isUuid(value)]) ?? [];
  const rows = await db(await context.read()).selectFrom('MaintenanceWindow').select(WINDOW_COLUMNS)
    .$if(!past, (query) => query.where('endsAt', '>', context.deps.clock.now()).where('cancelledAt', 'is', null))
    .$if(startsAt !== undefined, (query) => query.where((on) => on(on.refTuple('startsAt', 'id'), '>', on.tuple(new Date(String(startsAt)), String(id)))))
    .orderBy('startsAt').orderBy('id').limit(size + 1).execute();
  return pageOf(rows, size, after, (row) => encodeCursor([row.startsAt.toISOString(), row.id]));
}

/** What is not over, of the scope's tenant and of everybody: policies decide. When it begins and ends is for the gateway to say, by its clock. */
export async function announcedWindows(tx: Tx, now: Date): Promise<AnnouncedWindow[]> {
  const rows = await db(tx).selectFrom('MaintenanceWindow').select(WINDOW_COLUMNS)
    .where('endsAt', '>', now).where('cancelledAt', 'is', null).orderBy('startsAt').orderBy('id').limit(MOST_ANNOUNCED).execute();
  return rows.map(({ id, startsAt, endsAt, refusesWrites, texts }) =>
    ({ id: encodeId('mwin', id), startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), refusesWrites, texts }));
}
