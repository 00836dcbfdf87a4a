// Who listens in the live proof: people of two tenants with different rights, over every transport, each cut off at moments of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../kit/until.js';
import { judge, type Judgement, type Scope, type Stored } from './live.evidence.js';
import { LiveFollower, type FollowerPlan } from './live.follower.js';
import { AURORA, RIVAL, type LiveWorld } from './live.world.js';
import { oneOf, type Random } from './seeded.js';

/** All of one tenant, with different rights; all may read conversations. */
const STAFF = ['owner@demo.test', 'admin@demo.test', 'agent@demo.test', 'viewer@demo.test'];
const STAND_MS = 60_000;
const HEARD_MS = 90_000;
/** Who is cut off after every event is let catch up after so many. */
const UNLUCKY = 15;
/** How long somebody is away for who comes back by itself. */
const AWAY_MS = [20, 100, 300];

const every = (count: number) => (heard: number): boolean => heard > 0 && heard % count === 0;

export class LiveCrowd {
  /** Goes on after its cursor: nothing may be missing. */
  readonly followers: LiveFollower[] = [];
  /** One for each event that it is cut off after, from 0 on. */
  readonly cutAtEach: LiveFollower[] = [];
  /** Forget their cursors: the proof must miss something. */
  readonly forgetful: LiveFollower[] = [];
  #over = false;

  private constructor(private readonly world: LiveWorld, private readonly random: Random) {}

  /** @param points at how many events somebody is cut off */
  static async of(world: LiveWorld, random: Random, points: number): Promise<LiveCrowd> {
    const crowd = new LiveCrowd(world, random);
    const { first, second, rival } = world.inboxes;
    const here: Scope = { tenantId: AURORA, inboxId: first.id };
    const theirs: Scope = { tenantId: RIVAL, inboxId: rival.id };
    const steady = crowd.#add('who is not cut', here, 'owner@demo.test', {});
    crowd.#add('who is not cut, at the other gateway', here, 'viewer@demo.test', { first: 1 });
    for (let point = 0; point < points; point += 1) {
      const cut = (heard: number): boolean => heard % points === point;
      crowd.cutAtEach.push(crowd.#add(`cut after event ${point}`, here, STAFF[point % STAFF.length] ?? '', { cut, first: point }));
    }
    crowd.#add('cut after every event', here, 'agent@demo.test', { cut: (heard) => heard < UNLUCKY || heard % 10 === 0 });
    crowd.#add('over multipart', here, 'admin@demo.test', { line: 'multipart', cut: every(5) });
    crowd.#add('over events', here, 'viewer@demo.test', { line: 'events', cut: every(7), first: 1 });
    crowd.#add('of the second inbox', { tenantId: AURORA, inboxId: second.id }, 'agent@demo.test', { cut: every(4) });
    crowd.#add('of all conversations', { tenantId: AURORA }, 'admin@demo.test', { cut: every(6) });
    crowd.#add('of the other tenant', theirs, 'owner@rival.test', { cut: every(3) });
    crowd.#add('of all conversations of the other tenant', { tenantId: RIVAL }, 'owner@rival.test', { cut: every(5), first: 1 });
    for (const index of [0, 1]) {
      const forgetful: LiveFollower = crowd.#follow(`without cursor ${index + 1}`, here, 'analyst@demo.test', {
        cut: every(3), first: index,
        forgets: () => crowd.#somethingMore(steady, () => forgetful),
      });
      crowd.forgetful.push(forgetful);
    }
    await crowd.stand();
    // A cursor of somebody else's feed says nothing here: it is told where its own begins.
    crowd.#add('of the other tenant, with a cursor of this one', theirs, 'owner@rival.test', { begin: steady.cursor, first: 1 });
    await crowd.stand();
    return crowd;
  }

  /** Of one conversation, once it is known. */
  async followConversation(conversationId: string, inboxId: string): Promise<void> {
    this.#add('of one conversation', { tenantId: AURORA, inboxId, conversationId }, 'agent@demo.test', { cut: every(2) });
    await this.stand();
  }

  /** Those who hear of the inbox in which clients are cut at every event. */
  get ofFirst(): LiveFollower[] {
    const { id } = this.world.inboxes.first;
    return this.followers.filter(({ plan: { scope } }) => scope.inboxId === id && scope.conversationId === undefined);
  }

  /** Messages that the first one of an inbox has heard of. */
  heardOf(inboxId: string): number {
    return this.followers.find(({ plan: { scope } }) => scope.inboxId === inboxId)?.events.filter(({ type }) => type === 'MessageAdded').length ?? 0;
  }

  get connections(): number {
    return this.followers.reduce((sum, { connections }) => sum + connections, 0);
  }

  get cuts(): number {
    return this.followers.reduce((sum, { cuts }) => sum + cuts, 0);
  }

  async stand(): Promise<void> {
    await until(async () => [...this.followers, ...this.forgetful].every(({ stands }) => stands), 'everybody has been told where they begin', STAND_MS);
  }

  /** What each has heard, once all have everything or a minute and a half has passed. */
  async judged(stored: Stored): Promise<Judgement[]> {
    const judgements = (): Judgement[] => this.followers.map(({ heard }) => judge(heard, stored));
    await until(async () => judgements().every(({ lost }) => lost.length === 0), 'everybody has everything', HEARD_MS).catch(() => undefined);
    return judgements();
  }

  /** Nobody writes any more: who waits for something to miss waits no longer. */
  over(): void {
    this.#over = true;
  }

  async leave(): Promise<void> {
    this.over();
    await Promise.all([...this.followers, ...this.forgetful].map((follower) => follower.leave()));
  }

  /** Somebody else has heard what came after all that it heard itself. */
  async #somethingMore(other: LiveFollower, self: () => LiveFollower): Promise<void> {
    const last = self().events.at(-1)?.position ?? Number.POSITIVE_INFINITY;
    while (!this.#over && (other.events.at(-1)?.position ?? 0) <= last) await sleep(5);
  }

  #add(who: string, scope: Scope, email: string, how: Partial<FollowerPlan>): LiveFollower {
    const follower = this.#follow(who, scope, email, how);
    this.followers.push(follower);
    return follower;
  }

  #follow(who: string, scope: Scope, email: string, how: Partial<FollowerPlan>): LiveFollower {
    return new LiveFollower({
      who, scope, line: 'WebSocket', accessToken: () => this.world.token(email), urls: this.world.urls, first: 0,
      pauseMs: () => oneOf(AWAY_MS, this.random), ...how,
    });
  }
}
