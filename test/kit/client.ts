// An outside client of the product: GraphQL over HTTP, a subscriber over graphql-transport-ws, a provider that signs its deliveries.
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { DEMO_INBOX, DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { signMetaBody } from '../../ops/standins/sign-webhook.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';

/** The text of one of the committed example operations. */
export const operation = (name: string): string => readSchemaFile(`operations/${name}.graphql`);

/** @throws with the errors of the answer, or when the connection breaks */
export async function ask<Data>(url: string, query: string, variables: Record<string, unknown>, accessToken?: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST', body: JSON.stringify({ query, variables }),
    headers: { 'content-type': 'application/json', ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}) },
  });
  const answer = await response.json() as { data?: Data | null; errors?: unknown };
  if (answer.errors || !answer.data) throw new Error(`GraphQL answered ${JSON.stringify(answer)}`);
  return answer.data;
}

/** The access token of a demo account. */
export async function signIn(url: string, email: string): Promise<string> {
  const { login } = await ask<{ login: { session: { accessToken: string } | null; userErrors: unknown[] } }>(
    url, operation('login'), { input: { email, password: DEMO_PASSWORD } });
  if (!login.session) throw new Error(`No session for ${email}: ${JSON.stringify(login.userErrors)}`);
  return login.session.accessToken;
}

/** One signed delivery to the demo inbox. @returns the HTTP status */
export async function deliver(url: string, body: string): Promise<number> {
  const response = await fetch(`${url}/webhooks/whatsapp/${DEMO_INBOX.key}`, {
    method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) },
  });
  await response.arrayBuffer();
  return response.status;
}

export async function demoInboxId(url: string, accessToken: string): Promise<string> {
  const { inboxes } = await ask<{ inboxes: { nodes: { id: string }[] } }>(url, '{ inboxes { nodes { id } } }', {}, accessToken);
  const id = inboxes.nodes[0]?.id;
  if (!id) throw new Error('The demo tenant has no inbox.');
  return id;
}

export interface LiveMessage {
  id: string;
  seq: number;
  direction: 'INBOUND' | 'OUTBOUND';
  text: string | null;
  status: string;
  conversation: { id: string };
}
export type FeedNews =
  | { __typename: 'MessageAdded' | 'MessageUpdated'; cursor: string; message: LiveMessage }
  | { __typename: 'FeedGap'; cursor: string; reason: string };

/** Follows the messages of one inbox; after a broken connection it goes on where it was. */
export class InboxFollower {
  readonly news: FeedNews[] = [];
  /** Called for each event as it arrives. */
  onNews: (news: FeedNews) => void = () => undefined;
  #client: SocketClient | null = null;
  #failure: unknown = null;

  constructor(private readonly inboxId: string, private readonly query = operation('message-feed')) {}

  /** Resolves when the subscription stands on the server, as far as the protocol lets a client know. */
  async connect(wsUrl: string, accessToken: string): Promise<void> {
    const after = this.news.at(-1)?.cursor ?? null;
    const client = createClient({
      url: wsUrl, webSocketImpl: WebSocket, lazy: false, retryAttempts: 0, connectionParams: { authorization: `Bearer ${accessToken}` },
      onNonLazyError: () => undefined,
    });
    this.#client = client;
    await new Promise<void>((resolve, reject) => {
      client.on('connected', () => resolve());
      client.on('error', (error) => reject(error instanceof Error ? error : new Error('The socket failed.')));
    });
    client.subscribe<{ messageFeed: FeedNews }>({ query: this.query, variables: { inboxId: this.inboxId, after } }, {
      next: (result) => {
        if (!result.data) {
          this.#failure = result.errors;
          return;
        }
        this.news.push(result.data.messageFeed);
        this.onNews(result.data.messageFeed);
      },
      error: (error) => { if (this.#client === client && Array.isArray(error)) this.#failure = error; },
      complete: () => undefined,
    });
  }

  /** What the server refused to tell; null when nothing. */
  get failure(): unknown {
    return this.#failure;
  }

  disconnect(): void {
    const client = this.#client;
    this.#client = null;
    client?.terminate();
  }
}
