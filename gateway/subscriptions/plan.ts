// A subscription document becomes a plan once: what to subscribe to, and what to fetch for each event.
import { buildOperationContext } from '@apollo/gateway';
import { operationFromDocument } from '@apollo/federation-internals';
import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import type { GraphQLError } from 'graphql';
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AcceptedOperation, Documents } from '../documents.js';
import type { SupergraphState } from '../supergraph.js';
import { resumeOf, type Resume } from './live.resume.js';

/** The data source that answers with the event itself; no subgraph can have this name. */
export const EVENT_SOURCE = '(event)';

export interface SubscriptionPlan {
  /** Equal where the same is asked of client and owner. */
  id: string;
  /** The supergraph that it was planned over. */
  state: SupergraphState;
  resume: Resume;
  /** The stream to open, at its owner. */
  primary: FetchNode;
  /** The plan of one event: the event, then what other subgraphs add to it. */
  perEvent: QueryPlan;
  operationContext: ReturnType<typeof buildOperationContext>;
  operation: AcceptedOperation;
}

export class SubscriptionPlans {
  readonly #plans = new LRUCache<string, SubscriptionPlan>({ max: 1_000 });

  constructor(private state: SupergraphState, private readonly documents: Documents) {}

  /** From now on subscriptions are planned over this supergraph. */
  load(state: SupergraphState): void {
    this.state = state;
    this.#plans.clear();
  }

  /** The plan of the same operation over the supergraph of now, or why it is refused now. @throws as `planOf` */
  now(plan: SubscriptionPlan): SubscriptionPlan | GraphQLError[] {
    if (plan.state === this.state) return plan;
    const accepted = this.documents.accept(plan.operation.query, plan.operation.operationName);
    return Array.isArray(accepted) ? accepted : this.planOf(accepted);
  }

  /** @throws when the planner cannot plan an accepted subscription. */
  planOf(accepted: AcceptedOperation): SubscriptionPlan {
    const key = `${accepted.operationName ?? ''} ${accepted.query}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const made = this.#plan(accepted);
    this.#plans.set(key, made);
    return made;
  }

  #plan(accepted: AcceptedOperation): SubscriptionPlan {
    const { document, operationName } = accepted;
    const operation = operationFromDocument(this.state.apiSchema, document, { operationName });
    const { node } = this.state.planner.buildQueryPlan(operation);
    if (node?.kind !== 'Subscription') throw new Error(`The planner made a ${node?.kind ?? 'void'} of a subscription`);
    const { primary, rest } = node;
    const event: FetchNode = { ...primary, serviceName: EVENT_SOURCE };
    const asked = JSON.stringify([operationName, accepted.query, primary.serviceName, primary.operation]);
    return {
      id: createHash('sha256').update(asked).digest('base64url'),
      state: this.state,
      resume: resumeOf(accepted),
      primary,
      perEvent: { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [event, rest] } : event },
      operationContext: buildOperationContext({ schema: this.state.schema, operationDocument: document, operationName }),
      operation: accepted,
    };
  }
}
