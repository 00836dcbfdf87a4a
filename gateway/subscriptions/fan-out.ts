// Those who ask the same, and may see the same, share one stream and one execution an event. Who comes back after a cursor reads on
// a stream of its own until it has caught up with them; whoever comes back after the same cursor soon after is told the same.
import type { GraphQLError } from 'graphql';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { StreamInterrupted } from '../../subgraphs/kernel/base/subgraph-port.js';
import { Gate } from './live.gate.js';
import { groupKey } from './live.scope.js';
import { LiveMemory, MemoryBudget } from './live.memory.js';
import { LiveSource } from './live.source.js';
import { LiveSubscription, type Outlet } from './live.subscription.js';
import type { SubscriptionPlan, SubscriptionPlans } from './plan.js';
import type { SubscriptionRunner } from './run.js';

/** One who asks: what, with which variables, and where it is to be heard. */
export interface LiveRequest {
  plan: SubscriptionPlan;
  variables: Record<string, unknown>;
  outlet: Outlet;
}

interface Group {
  opened: Promise<LiveSource | GraphQLError[]>;
  /** Once it is open. */
  source: LiveSource | null;
}

/** A stream that is open, and how its events are completed. */
interface Standing {
  readonly source: LiveSource;
  plan: SubscriptionPlan;
}

export class FanOut {
  readonly #groups = new Map<string, Group>();
  /** By what is asked and after which cursor: of those who come back at the same time. */
  readonly #catchUps = new Map<string, Promise<LiveMemory | GraphQLError[]>>();
  readonly #budget = new MemoryBudget();
  readonly #standing = new Set<Standing>();
  readonly #gate = new Gate();

  constructor(private readonly runner: SubscriptionRunner, private readonly plans: SubscriptionPlans, private readonly metrics: Metrics) {}

  /**
   * The graph is another. What its owner is asked in the same words goes on, completed as the graph is now; what is refused now
   * ends with the reason; whoever hears anything else is asked to come back.
   */
  reload(): void {
    for (const standing of this.#standing) {
      const now = this.plans.now(standing.plan);
      if (Array.isArray(now)) standing.source.refuse(now[0]);
      else if (now.id === standing.plan.id) standing.plan = now;
      else standing.source.interrupt(new StreamInterrupted('The graph has changed'));
    }
  }

  /** Its subscription, or why the owner refuses. @throws SubgraphUnavailable */
  subscribe(request: LiveRequest): Promise<LiveSubscription | GraphQLError[]> {
    const { plan: { resume }, variables } = request;
    const fromNow = resume.kind === 'none' || (resume.kind === 'variable' && (variables[resume.name] ?? null) === null);
    return fromNow ? this.#join(request) : this.#goOn(request);
  }

  async #join(request: LiveRequest): Promise<LiveSubscription | GraphQLError[]> {
    const key = groupKey(request.plan, request.variables, request.outlet.actor());
    for (;;) {
      const source = await (this.#groups.get(key) ?? this.#openGroup(key, request)).opened;
      if (Array.isArray(source)) return source;
      // The last of the others may have left while it was waited for.
      if (!source.closed) return source.admit(new LiveSubscription(request.outlet));
    }
  }

  #openGroup(key: string, request: LiveRequest): Group {
    const group: Group = { opened: this.#open(request), source: null };
    this.#groups.set(key, group);
    group.opened = group.opened.then((source) => {
      if (Array.isArray(source)) this.#groups.delete(key);
      else this.#keep(key, group, source);
      return source;
    }, (error: unknown) => {
      this.#groups.delete(key);
      throw error;
    });
    group.opened.then((source) => { if (!Array.isArray(source)) void source.run(); }, () => undefined);
    return group;
  }

  #keep(key: string, group: Group, source: LiveSource): void {
    group.source = source;
    this.#groups.set(key, group);
    source.whenClosed(() => { if (this.#groups.get(key) === group) this.#groups.delete(key); });
  }

  /** After a cursor: apart, and with the others as soon as nothing lies between. */
  async #goOn(request: LiveRequest): Promise<LiveSubscription | GraphQLError[]> {
    const { plan: { resume }, variables, outlet } = request;
    if (resume.kind !== 'variable') {
      const own = await this.#open(request);
      if (Array.isArray(own)) return own;
      const subscription = own.admit(new LiveSubscription(outlet));
      void own.run();
      return subscription;
    }
    const group = groupKey(request.plan, variables, outlet.actor());
    const key = JSON.stringify([group, variables[resume.name]]);
    for (;;) {
      const memory = await (this.#catchUps.get(key) ?? this.#catchUp(key, group, request));
      if (Array.isArray(memory)) return memory;
      const subscription = memory.admit(outlet);
      if (subscription) return subscription;
    }
  }

  /**
   * When a gateway is gone, many come back at once who had heard the same: a stream and an execution an event for each of them
   * would take longer than their way here.
   * @returns what the first of them hears, for the next ones
   */
  #catchUp(key: string, group: string, request: LiveRequest): Promise<LiveMemory | GraphQLError[]> {
    const open = async (): Promise<LiveMemory | GraphQLError[]> => {
      const own = await this.#open(request);
      if (Array.isArray(own)) {
        this.#catchUps.delete(key);
        return own;
      }
      const memory = new LiveMemory(request.outlet, this.#budget, () => this.#catchUps.delete(key));
      own.admit(memory.listener);
      void own.run(() => this.#merge(own, group));
      return memory;
    };
    const opened = open();
    this.#catchUps.set(key, opened);
    opened.catch(() => this.#catchUps.delete(key));
    return opened;
  }

  #merge(own: LiveSource, key: string): void {
    const group = this.#groups.get(key);
    if (!group) {
      this.#keep(key, { opened: Promise.resolve(own), source: null }, own);
      return;
    }
    const { source } = group;
    if (!source || source === own || source.closed || source.position === null || own.position === null || own.position < source.position) return;
    // All up to here was heard, and the others are not further: what they hear next is what comes next.
    own.moveTo(source, own.position);
  }

  async #open(request: LiveRequest): Promise<LiveSource | GraphQLError[]> {
    const { plan: asked, variables, outlet } = request;
    const stream = await this.runner.open(asked, variables, outlet);
    if (Array.isArray(stream)) return stream;
    const plan = this.plans.now(asked);
    if (Array.isArray(plan) || plan.id !== asked.id) {
      // The graph became another while the stream was opened. How one ends that nobody reads is nobody's concern.
      stream.return?.().catch(() => undefined);
      return Array.isArray(plan) ? plan : this.#open({ ...request, plan });
    }
    const source: LiveSource = new LiveSource({
      stream,
      complete: (event, as) => this.#gate.pass(async () => JSON.stringify(await this.runner.complete(standing.plan, event, variables, as))),
      published: (error, as) => this.runner.published(error, as),
      interrupted: (error, as) => this.runner.interrupted(standing.plan, error, as),
      told: (count) => this.metrics.liveResults.inc(count),
    }, outlet);
    const standing: Standing = { source, plan };
    this.#standing.add(standing);
    source.whenClosed(() => this.#standing.delete(standing));
    return source;
  }
}
