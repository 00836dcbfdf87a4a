// All that is live at this gateway, looked at again when rights, settings or time may have ended it.
import { setTimeout as sleep } from 'node:timers/promises';
import { spread } from '../../subgraphs/kernel/base/http.connections.js';
import type { SettingsChange } from '../../subgraphs/kernel/base/settings-port.js';
import type { AccessChange } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { Changes } from '../access/change.follower.js';
import { concernsActor, type Caller } from '../actor.js';
import type { TenantSettings } from '../settings/tenant.settings.js';
import { CLOSE, type Peer } from './peer.js';
import { recheckAll, recheckSettings, type RecheckParts } from './recheck.js';

/** How often they are looked through for one whose time is over. */
const SWEEP_MS = 250;
/** While changes cannot be followed, how old the last check of one may become. */
const UNFOLLOWED_MS = 500;
/** Shorter than proxies wait for a byte. One timer for all: a timer each costs more than what it writes. */
const BEAT_MS = 5_000;

export interface PeersParts extends RecheckParts {
  settings: TenantSettings;
}

export class Peers {
  readonly #peers = new Set<Peer>();
  readonly #timer = setInterval(() => void this.#sweep(), SWEEP_MS).unref();
  readonly #beating = setInterval(() => { for (const peer of this.#peers) peer.beat?.(); }, BEAT_MS).unref();
  #sweeping = false;

  constructor(private readonly parts: PeersParts) {}

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  delete(peer: Peer): void {
    this.#peers.delete(peer);
  }

  /** Looks again at those whose access has changed, which the authenticator has forgotten by now. */
  changed(changes: Changes<AccessChange>): void {
    void recheckAll(this.#known(({ caller }) => changes === null || changes.some((change) => concernsActor(caller.actor, change))), this.parts);
  }

  /** The same of tenants whose settings have changed. */
  settingsChanged(changes: Changes<SettingsChange>): void {
    const named = changes && new Set(changes.map(({ tenant }) => tenant));
    const concerned = [...this.#peers].filter(({ open, caller }) => open && caller && (named === null || (caller.actor.tenant !== null && named.has(caller.actor.tenant))));
    void recheckSettings(concerned.filter(isKnown), this.parts).then(() => this.#announce(concerned));
  }

  /** Tells those whom it concerns what is announced to them now. */
  async #announce(peers: readonly Peer[]): Promise<void> {
    for (const peer of peers) {
      const actor = peer.caller?.actor;
      if (actor && peer.open && peer.notify) peer.notify(await this.parts.admission.socketNotice(actor));
    }
  }

  /** Closes every one, one after another, each when what it runs has ended. */
  async drain(): Promise<void> {
    await spread(this.#peers, (peer) => void peer.leave(CLOSE.goingAway, 'Going away: reconnect'));
    while (this.#peers.size > 0) await sleep(20); // every close ends in a terminate
    clearInterval(this.#timer);
    clearInterval(this.#beating);
  }

  /** Those whose time is over and, while changes cannot be followed, everybody. */
  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    const { authenticator, settings, clock } = this.parts;
    const now = clock.now();
    const since = authenticator.follower.following && settings.follower.following ? -Infinity : now.getTime() - UNFOLLOWED_MS;
    const due = this.#known(({ caller, verifiedAt }) => verifiedAt < since || (caller.validUntil !== null && caller.validUntil <= now));
    await recheckAll(due, this.parts);
    this.#sweeping = false;
  }

  #known(wanted: (peer: KnownPeer) => boolean): Peer[] {
    return [...this.#peers].filter((peer) => peer.open && isKnown(peer) && wanted(peer));
  }
}

type KnownPeer = Peer & { caller: Caller };
const isKnown = (peer: Peer): peer is KnownPeer => Boolean(peer.caller?.proof);
