// A subscription document becomes a plan once: what to subscribe to, and what to fetch for each event.
import { buildOperationContext } from '@apollo/gateway';
import { operationFromDocument } from '@apollo/federation-internals';
import type { FetchNode, QueryPlan } from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import type { AcceptedOperation } from '../documents.js';
import type { SupergraphState } from '../supergraph.js';
import { resumeOf, type Resume } from './live.resume.js';

/** The data source that answers with the event itself; no subgraph can have this name. */
export const EVENT_SOURCE = '(event)';

export interface SubscriptionPlan {
  /** No other plan of this process has it. */
  id: number;
  resume: Resume;
  /** The stream to open, at its owner. */
  primary: FetchNode;
  /** The plan of one event: the event, then what other subgraphs add to it. */
  perEvent: QueryPlan;
  operationContext: ReturnType<typeof buildOperationContext>;
  operation: AcceptedOperation;
}

let plans = 0;

export class SubscriptionPlans {
  readonly #plans = new LRUCache<string, SubscriptionPlan>({ max: 1_000 });

  constructor(private readonly state: SupergraphState) {}

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
    plans += 1;
    return {
      id: plans,
      resume: resumeOf(accepted),
      primary,
      perEvent: { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [event, rest] } : event },
      operationContext: buildOperationContext({ schema: this.state.schema, operationDocument: document, operationName }),
      operation: accepted,
    };
  }
}
