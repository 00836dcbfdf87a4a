// The graph over HTTP, asked on behalf of somebody: in one process as in many, so that only the address differs.
import { GraphUnavailable, type Delegate, type GraphAnswer, type GraphClient, type GraphQuestion } from '../../subgraphs/kernel/base/graph-client.js';
import { CORRELATION_HEADER } from '../../subgraphs/kernel/base/actor.js';

/** Less than whoever asks holds what they are at. */
const TIMEOUT_MS = 20_000;

/** Identity's word for who is acted for: a text that is good for a minute; null when there is nobody any more, or they may not. */
export interface Delegations {
  issue(delegate: Delegate, permission: string): Promise<string | null>;
}

export class HttpGraphClient implements GraphClient {
  /** @param url of the gateway, without a path; null while there is none */
  constructor(private readonly delegations: Delegations, private readonly url: () => string | null) {}

  async query({ delegate, permission, query, variables, correlationId }: GraphQuestion): Promise<GraphAnswer | null> {
    const url = this.url();
    if (url === null) throw new GraphUnavailable('There is no gateway yet.');
    const delegation = await this.delegations.issue(delegate, permission);
    if (delegation === null) return null;
    const response = await asked(`${url}/graphql`, {
      method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS), body: JSON.stringify({ query, variables }),
      headers: {
        'content-type': 'application/json', accept: 'application/json', authorization: `Delegation ${delegation}`, [CORRELATION_HEADER]: correlationId,
      },
    });
    const { data = null, errors = [] } = response as Partial<GraphAnswer>;
    return { data, errors };
  }
}

/** Refusals are answers too. @throws GraphUnavailable */
async function asked(url: string, init: RequestInit): Promise<object> {
  try {
    const answer: unknown = await (await fetch(url, init)).json();
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch (error) {
    throw new GraphUnavailable('The gateway does not answer.', { cause: error });
  }
  throw new GraphUnavailable('The gateway answers, but not as a graph does.');
}
