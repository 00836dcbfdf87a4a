// What gateways ask: the settings they enforce, and whose have changed.
import { sql } from 'kysely';
import type { AnnouncedWindow, SettingsInForce, SettingsPort } from '../../kernel/base/settings-port.js';
import { ChangeLog } from '../../kernel/data/change-log.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { db } from '../tables.js';
import { announcedWindows } from '../window/window.list.js';
import { EVERYBODY } from './setting.entity.js';
import { API_KEYS, LIVE_UPDATES, flagsOf } from './setting.flags.js';
import { settingsFrom } from './setting.schema.js';

/** Whoever holds it may go on calling during maintenance, and end it. */
export const CHANGES_SETTINGS = 'settings:update';

export class SettingsInForceService implements SettingsPort {
  readonly #log: ChangeLog;

  constructor(private readonly deps: SubgraphDeps) {
    this.#log = new ChangeLog(deps, 'tenancy.setting_change', []);
  }

  async settings(tenant: string): Promise<SettingsInForce> {
    const { row, windows } = await this.deps.database.inScope(tenantScope(tenant), async (tx) => ({
      row: await db(tx).selectFrom('TenantSetting').select('settings').where('tenantId', '=', tenant).executeTakeFirst(),
      windows: await announcedWindows(tx, this.deps.clock.now()),
    }), { readOnly: true });
    const { ipAllow, ipDeny, corsOrigins, rateLimits, flags, maintenance: { on, message, until } } = settingsFrom(row?.settings ?? {});
    const known = flagsOf(flags);
    const isOn = (wanted: string): boolean => known.some(({ name, enabled }) => name === wanted && enabled);
    return {
      ipAllow, ipDeny, origins: corsOrigins,
      perMinute: { person: rateLimits.perPersonPerMinute, apiKey: rateLimits.perApiKeyPerMinute },
      apiKeys: isOn(API_KEYS), live: isOn(LIVE_UPDATES),
      // That it has ended by itself is for the gateway to say: it remembers this answer.
      maintenance: on ? { message, until, permission: CHANGES_SETTINGS } : null,
      windows,
    };
  }

  async announced(): Promise<AnnouncedWindow[]> {
    return this.deps.database.inScope(platformScope, (tx) => announcedWindows(tx, this.deps.clock.now()), { readOnly: true });
  }

  async knowsOrigin(origin: string): Promise<boolean> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const { rows } = await sql<{ known: boolean }>`select tenancy.origin_is_allowed(${origin}) as known`.execute(tx.getKysely());
      return rows[0]?.known ?? false;
    }, { readOnly: true });
  }

  async changes(before: string | null): ReturnType<SettingsPort['changes']> {
    const { cursor, rows } = await this.#log.since(before);
    if (rows === null || rows.some(({ home }) => home === EVERYBODY)) return { cursor, changes: null };
    return { cursor, changes: rows.map(({ home }) => ({ tenant: home })) };
  }
}
