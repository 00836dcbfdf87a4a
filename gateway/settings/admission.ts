// Holds every caller to what their tenant has set: from where they may call, when, and how much.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { forbidden } from '../../subgraphs/kernel/base/errors.js';
import { notHere, tooMany, underMaintenance, writesRefused } from './settings.refusals.js';
import type { JudgedSettings, TenantSettings } from './tenant.settings.js';
import { TokenBuckets } from '../../subgraphs/kernel/base/token.buckets.js';
import { noticeOf, refusingWrites, socketNotice, textFor, type SocketNotice } from './windows.js';

/** A call's beginning, or a socket's. */
export interface Visit {
  actor: Actor;
  /** The origin of the web page that calls, where it is neither this gateway's nor the platform's. */
  page: string | null;
}

export interface Beginning {
  /** A subscription. */
  live?: boolean;
  /** A mutation. */
  writes?: boolean;
  /** A worker that acts for somebody: what it does is limited where it was asked for. */
  delegated?: boolean;
  /** The header `Accept-Language`. */
  language?: string | null;
}

export class Admission {
  readonly #buckets = new TokenBuckets();

  constructor(private readonly settings: TenantSettings, private readonly clock: Clock) {}

  /** Whether they may be here at all. @throws GraphQLError FORBIDDEN with a reason, SettingsUnavailable */
  async admit(visit: Visit): Promise<void> {
    await this.#admitted(visit);
  }

  /** Whether an operation may begin. @throws as `admit`, FORBIDDEN, and MAINTENANCE, RATE_LIMITED */
  async begin(visit: Visit, { live = false, writes = false, delegated = false, language = null }: Beginning = {}): Promise<void> {
    // Whoever acts for somebody who is not there reads, and nothing else.
    if (delegated && writes) throw forbidden();
    const settings = await this.#admitted(visit);
    if (!settings) return;
    const { actor } = visit;
    const now = this.clock.now();
    const maintenance = maintenanceFor(actor, settings, now);
    if (maintenance) throw underMaintenance(maintenance, now);
    const window = writes ? refusingWrites(settings.windows, now) : null;
    if (window) throw writesRefused(window, textFor(window, language), now);
    if (live && !settings.live) throw notHere('feature');
    if (delegated) return;
    const perMinute = actor.kind === 'api_key' ? settings.perMinute.apiKey : settings.perMinute.person;
    if (perMinute === null) return;
    const wait = this.#buckets.take(`${actor.tenant} ${actor.apiKey ?? actor.sub}`, perMinute);
    if (wait > 0) throw tooMany(wait);
  }

  /** Whether what is live on a socket has to end: nothing of it could begin now. @throws SettingsUnavailable */
  async endsLive(actor: Actor): Promise<boolean> {
    if (actor.tenant === null) return false;
    const settings = await this.settings.of(actor.tenant);
    return !settings.live || maintenanceFor(actor, settings, this.clock.now()) !== null;
  }

  /** The header that tells a caller of maintenance to come; null: none is near. */
  async notice({ tenant }: Actor): Promise<string | null> {
    return noticeOf(await this.settings.announced(tenant), this.clock.now());
  }

  /** What a socket is told of maintenance. */
  async socketNotice({ tenant }: Actor): Promise<SocketNotice> {
    return socketNotice(await this.settings.announced(tenant), this.clock.now());
  }

  async #admitted({ actor, page }: Visit): Promise<JudgedSettings | null> {
    // Who is nobody's, and whoever runs the platform, has no tenant that could have set anything.
    if (actor.tenant === null) return null;
    const settings = await this.settings.of(actor.tenant);
    if (!settings.allows(actor.ip)) throw notHere('address');
    if (page !== null && !settings.origins.includes(page)) throw notHere('origin');
    if (actor.kind === 'api_key' && !settings.apiKeys) throw notHere('feature');
    return settings;
  }
}

/** The maintenance that keeps somebody out now; null: none, or they are among those who may end it. */
function maintenanceFor({ kind, permissions }: Actor, { maintenance }: JudgedSettings, now: Date): JudgedSettings['maintenance'] {
  if (maintenance === null || (maintenance.until !== null && new Date(maintenance.until) <= now)) return null;
  return kind === 'user' && permissions.includes(maintenance.permission) ? null : maintenance;
}
