// How a worker asks the graph on behalf of somebody who is not there: as they may ask at that moment, and never to change anything.

/** On whose behalf. */
export interface Delegate {
  kind: 'user' | 'api_key';
  /** UUID of the person or key. */
  id: string;
  tenant: string;
  /** Where they asked from, by which the tenant's networks judge them still. */
  ip: string | null;
  userAgent: string | null;
}

export interface GraphQuestion {
  delegate: Delegate;
  /** What the delegate must be allowed to besides what the query itself needs. */
  permission: string;
  query: string;
  variables: Record<string, unknown>;
  correlationId: string;
}

export interface GraphAnswer {
  data: Record<string, unknown> | null;
  errors: readonly { message: string; extensions?: Record<string, unknown> }[];
}

export interface GraphClient {
  /**
   * Asks for the rights of the delegate anew each time. Null: there is nobody any more who may be acted for.
   * @throws GraphUnavailable when the graph cannot be asked now
   */
  query(question: GraphQuestion): Promise<GraphAnswer | null>;
}

/** Nobody answers, or not in time: to be asked again later. */
export class GraphUnavailable extends Error {
  override readonly name = 'GraphUnavailable';
}
