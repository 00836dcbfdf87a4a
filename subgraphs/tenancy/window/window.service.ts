// Announcing maintenance windows, changing them and calling them off. Gateways hear of each change within a fraction of a second.
import { sql } from 'kysely';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { ErrorCode, Refusal, forbidden } from '../../kernel/base/errors.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { tenantInDirectory } from '../life/life.directory.js';
import { EVERYBODY } from '../setting/setting.entity.js';
import { db } from '../tables.js';
import type { WindowTexts } from './window.entity.js';
import type { MaintenanceWindowScheduleInput, MaintenanceWindowUpdateInput } from './window.inputs.js';
import { judgeTimes, stateOf, textsOf, type WindowPlan } from './window.plan.js';
import { MaintenanceWindowState } from './window.type.js';

export interface WindowRow extends WindowPlan {
  id: string;
  home: string | null;
  cancelledAt: Date | null;
}
export const WINDOW_COLUMNS = ['id', 'home', 'startsAt', 'endsAt', 'texts', 'refusesWrites', 'cancelledAt'] as const;

/** Whoever plans looks for overlaps first: one at a time. */
const PLANNING_LOCK = 7_316_295;

const tenantNotFound = (): Refusal => new Refusal('TenantNotFound', ErrorCode.NOT_FOUND, 'There is no such tenant.', ['input', 'tenantId']);
const windowNotFound = (): Refusal => new Refusal('MaintenanceWindowNotFound', ErrorCode.NOT_FOUND, 'There is no such window.', ['input', 'windowId']);
const windowEnded = (): Refusal => new Refusal('MaintenanceWindowEnded', ErrorCode.WRONG_STATE, 'This window is over.', ['input', 'windowId']);
const overlaps = (id: string): Refusal =>
  new Refusal('MaintenanceWindowOverlaps', ErrorCode.WRONG_STATE, 'Another window is planned for a part of this time.', ['input', 'startsAt'], { windowId: encodeId('mwin', id) });

export class WindowService {
  /** @param home the tenant; null: every tenant @throws Refusal InputInvalid, TenantNotFound, MaintenanceWindowOverlaps */
  async schedule(context: OperationContext, home: string | null, input: MaintenanceWindowScheduleInput): Promise<WindowRow> {
    // The right counts outside of tenants only, as in the policy of the table.
    if (context.actor.tenant !== null) throw forbidden();
    if (home !== null && !await context.load(tenantInDirectory, home)) throw tenantNotFound();
    return context.mutate(async (unit, audit) => {
      const { now, tx } = unit;
      const [id, texts, startsAt] = [newId(), textsOf(input.texts), input.startsAt ?? now];
      const window: WindowRow = { id, home, startsAt, endsAt: input.endsAt, texts, refusesWrites: input.refusesWrites, cancelledAt: null };
      audit.draft = { ...audit.draft, resource: { type: 'MaintenanceWindow', id } };
      judgeTimes(window, null, now);
      await this.#alone(unit, window);
      await db(tx).insertInto('MaintenanceWindow').values({ ...window, texts: stored(texts), createdAt: now }).execute();
      await announce(unit, home);
      audit.draft = { ...audit.draft, after: { tenant: home === null ? null : encodeId('tnt', home), ...toldOf(window) } };
      return window;
    });
  }

  /** @throws Refusal InputInvalid, MaintenanceWindowNotFound, MaintenanceWindowEnded, MaintenanceWindowOverlaps */
  update(context: OperationContext, id: string, input: MaintenanceWindowUpdateInput): Promise<WindowRow> {
    return this.#change(context, id, async (unit, before, audit) => {
      const after: WindowRow = {
        ...before, startsAt: input.startsAt ?? before.startsAt, endsAt: input.endsAt ?? before.endsAt,
        texts: input.texts ? textsOf(input.texts) : before.texts, refusesWrites: input.refusesWrites ?? before.refusesWrites,
      };
      judgeTimes(after, stateOf(before, unit.now) === MaintenanceWindowState.RUNNING ? before.startsAt : null, unit.now);
      await this.#alone(unit, after);
      const { startsAt, endsAt, texts, refusesWrites } = after;
      await db(unit.tx).updateTable('MaintenanceWindow').set({ startsAt, endsAt, texts: stored(texts), refusesWrites }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: toldOf(before), after: toldOf(after) };
      return after;
    });
  }

  /** One that runs ends at once. @throws Refusal MaintenanceWindowNotFound, MaintenanceWindowEnded */
  cancel(context: OperationContext, id: string): Promise<WindowRow> {
    return this.#change(context, id, async ({ tx, now }, before, audit) => {
      await db(tx).updateTable('MaintenanceWindow').set({ cancelledAt: now }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { cancelledAt: null }, after: { cancelledAt: now } };
      return { ...before, cancelledAt: now };
    });
  }

  #change(context: OperationContext, id: string, work: (unit: UnitOfWork, before: WindowRow, audit: MutationAudit) => Promise<WindowRow>): Promise<WindowRow> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'MaintenanceWindow', id } };
      await planAlone(unit);
      const before = await db(unit.tx).selectFrom('MaintenanceWindow').select(WINDOW_COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!before) throw windowNotFound();
      const state = stateOf(before, unit.now);
      if (state === MaintenanceWindowState.OVER || state === MaintenanceWindowState.CANCELLED) throw windowEnded();
      const after = await work(unit, before, audit);
      await announce(unit, before.home);
      return after;
    });
  }

  /** A window of everybody and one of a tenant may overlap: each is told, and writes are refused while either says so. */
  async #alone(unit: UnitOfWork, { id, home, startsAt, endsAt }: WindowRow): Promise<void> {
    await planAlone(unit);
    const other = await db(unit.tx).selectFrom('MaintenanceWindow').select('id').where('home', home === null ? 'is' : '=', home).where('cancelledAt', 'is', null)
      .where('id', '<>', id).where('startsAt', '<', endsAt).where('endsAt', '>', startsAt).limit(1).executeTakeFirst();
    if (other) throw overlaps(other.id);
  }
}

const planAlone = ({ tx }: UnitOfWork): Promise<unknown> => sql`select pg_advisory_xact_lock(${PLANNING_LOCK})`.execute(tx.getKysely());

const announce = ({ tx, now }: UnitOfWork, home: string | null): Promise<unknown> =>
  db(tx).insertInto('SettingChange').values({ home: home ?? EVERYBODY, changedAt: now }).execute();

const stored = (texts: WindowTexts) => sql<WindowTexts>`${JSON.stringify(texts)}::jsonb`;

const toldOf = ({ startsAt, endsAt, texts, refusesWrites }: WindowPlan): Record<string, unknown> =>
  ({ startsAt, endsAt, refusesWrites, texts: Object.entries(texts).map(([language, text]) => `${language}: ${text}`).sort() });
