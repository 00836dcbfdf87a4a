// Whether Meta takes a token, and whether it is that of the address it is to be used for.
import type { SendOptions, TestOutcome } from './channel.port.js';
import { GRAPH_VERSION, graphHeaders, graphRefusal } from './meta.graph.js';
import { identifier } from './payload.js';
import { askProvider } from './provider.ask.js';

export interface GraphProbe {
  /** For words: `WhatsApp`. */
  provider: string;
  /** What to ask for, after the version; its answer has an `id`. */
  path: string;
  /** What that id must be. */
  externalId: string;
  accessToken: string;
}

export async function probeGraph({ provider, path, externalId, accessToken }: GraphProbe, options: SendOptions): Promise<TestOutcome> {
  const answer = await askProvider({
    provider, secrets: [accessToken], headers: graphHeaders(accessToken), url: `${options.providers.meta}/${GRAPH_VERSION}/${path}`,
  }, graphRefusal(provider), options);
  if (answer.kind !== 'answer') return answer;
  if (identifier(answer.body.id) === externalId) return { kind: 'passed' };
  return { kind: 'refused', class: 'permanent', code: 'wrong-address', message: `${provider} takes the token, which is of another address than this one.` };
}
