// What tenants have set, as tenancy says it: remembered while changes are followed, and for a while when it is away.
import { LRUCache } from 'lru-cache';
import { withDeadline } from '../../subgraphs/kernel/base/deadline.js';
import { addressGate, type AnnouncedWindow, type SettingsChange, type SettingsInForce, type SettingsPort } from '../../subgraphs/kernel/base/settings-port.js';
import { AnswerCache } from '../access/answer.cache.js';
import { ChangeFollower, type Changes, type Monotonic } from '../access/change.follower.js';
import { SettingsUnavailable } from './settings.refusals.js';

const PORT_MS = 2_000;
/** How long what was true when tenancy last answered holds while it does not. */
const HELD_MS = 30_000;
const MAX = 10_000;

/** With the judge of its lists, made once for as long as the answer is remembered. */
export interface JudgedSettings extends SettingsInForce {
  tenant: string;
  ok: true;
  allows(ip: string | null): boolean;
}

type KnownOrigin = { ok: true; known: boolean };
type Announced = { ok: true; windows: AnnouncedWindow[] };

export interface TenantSettingsOptions {
  /** Told of every round of changes, after what they name was forgotten. */
  onChange?: (changes: Changes<SettingsChange>) => void;
  /** Told once when changes cannot be followed, and once (error null) when they can again. */
  onSilence?: (error: unknown) => void;
  time?: Monotonic;
}

const MAX_ORIGIN = 300;

export class TenantSettings {
  readonly follower: ChangeFollower<SettingsChange>;
  readonly #answers: AnswerCache<JudgedSettings, never, SettingsChange>;
  readonly #origins: AnswerCache<KnownOrigin, never, SettingsChange>;
  readonly #announced: AnswerCache<Announced, never, SettingsChange>;
  readonly #held = new LRUCache<string, JudgedSettings>({ max: MAX });
  #lastAnnounced: AnnouncedWindow[] = [];
  /** Rounds of changes heard: an answer that was under way meanwhile may be older than they. */
  #rounds = 0;

  constructor(private readonly port: SettingsPort, options: TenantSettingsOptions = {}) {
    const { onChange, onSilence, time = () => performance.now() } = options;
    const following = (): boolean => this.follower.following;
    this.#answers = new AnswerCache({ following, time, concerns: ({ tenant }, change) => tenant === change.tenant });
    // Whoever has changed anything may have changed their origins.
    this.#origins = new AnswerCache({ following, time, concerns: () => true });
    // What concerns everybody is told as a change of everything.
    this.#announced = new AnswerCache({ following, time, concerns: () => false });
    this.follower = new ChangeFollower(port, {
      changed: (changes) => {
        this.#rounds += 1;
        this.#answers.forget(changes);
        this.#origins.forget(changes);
        this.#announced.forget(changes);
        if (changes === null) this.#held.clear();
        else for (const { tenant } of changes) this.#held.delete(tenant);
        onChange?.(changes);
      },
      silence: (error) => onSilence?.(error),
    }, time);
  }

  /** What is in force. @throws SettingsUnavailable */
  async of(tenant: string): Promise<JudgedSettings> {
    const rounds = this.#rounds;
    try {
      const settings = await this.#answers.get(tenant, () => true, () => this.#ask(tenant));
      if (rounds === this.#rounds && this.#held.peek(tenant) !== settings) this.#held.set(tenant, settings);
      return settings;
    } catch (error) {
      const held = this.#held.get(tenant);
      // Whatever is known to have changed is not held any more.
      if (held && this.follower.silentFor < HELD_MS) return held;
      throw new SettingsUnavailable(error);
    }
  }

  /** Maintenance that is announced to a tenant; null: to who has none. Nothing while nobody can say: no call fails for want of a notice. */
  async announced(tenant: string | null): Promise<readonly AnnouncedWindow[]> {
    // That tenancy is silent is logged where changes are followed, and refuses who has a tenant when their call begins.
    if (tenant !== null) return this.of(tenant).then(({ windows }) => windows, () => []);
    // Nor does any wait: of what cannot be followed, the last that was heard.
    if (!this.follower.following) return this.#lastAnnounced;
    const asked = async (): Promise<Announced> => ({ ok: true, windows: await withDeadline(this.port.announced(), PORT_MS, 'announced maintenance') });
    const { windows } = await this.#announced.get('', () => true, asked).catch(() => ({ windows: this.#lastAnnounced }));
    return (this.#lastAnnounced = windows);
  }

  /** Whether any tenant lets pages of this origin call. @throws SettingsUnavailable */
  async knowsOrigin(origin: string): Promise<boolean> {
    // Nobody's is longer: such a one is neither asked for nor remembered.
    if (origin.length > MAX_ORIGIN) return false;
    const asked = async (): Promise<KnownOrigin> =>
      ({ ok: true, known: await withDeadline(this.port.knowsOrigin(origin), PORT_MS, 'the check of an origin') });
    const { known } = await this.#origins.get(origin, () => true, asked).catch((error: unknown) => { throw new SettingsUnavailable(error); });
    return known;
  }

  async #ask(tenant: string): Promise<JudgedSettings> {
    const settings = await withDeadline(this.port.settings(tenant), PORT_MS, 'the settings of a tenant');
    return { ...settings, tenant, ok: true, allows: addressGate(settings) };
  }
}
