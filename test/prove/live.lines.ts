// How a subscriber of the live proof is connected: the libraries that frontends use, each for one connection, which can be cut like a wire.
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { parse } from 'graphql';
import { createClient as createEventsClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Asking {
  /** Of a gateway, without a path. */
  url: string;
  accessToken: string;
  query: string;
  variables: Record<string, unknown>;
}

export interface Told {
  data?: Record<string, unknown> | null | undefined;
  errors?: readonly { extensions?: Record<string, unknown> | undefined }[] | undefined;
}

export interface Listener {
  told(result: Told): void;
  /** Nothing more comes on this connection. */
  over(why: string): void;
}

/** @returns what cuts it: no word is said to the other side */
type Line = (asking: Asking, listener: Listener) => () => void;
export type LineName = 'WebSocket' | 'multipart' | 'events';

const authorized = ({ accessToken }: Asking): { authorization: string } => ({ authorization: `Bearer ${accessToken}` });

/** Close codes, and the names of errors, without what differs each time. */
function reasonOf(error: unknown): string {
  const { code, name, type } = (error ?? {}) as { code?: unknown; name?: unknown; type?: unknown };
  return typeof code === 'number' ? `closed with ${code}` : String(name ?? type ?? error);
}

export const LINES: Readonly<Record<LineName, Line>> = {
  WebSocket: (asking, { told, over }) => {
    let wire: WebSocket | null = null;
    class Wire extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols);
        // Cut before it was open it says so, when nobody listens any more.
        wire = this.on('error', () => undefined);
      }
    }
    const client = createClient({ url: `${asking.url.replace('http', 'ws')}/graphql`, webSocketImpl: Wire, connectionParams: authorized(asking), retryAttempts: 0 });
    const release = client.subscribe<Record<string, unknown>>({ query: asking.query, variables: asking.variables }, {
      next: (result) => told(result as Told),
      error: (error) => {
        if (Array.isArray(error)) told({ errors: error as Told['errors'] });
        over(Array.isArray(error) ? 'refused' : reasonOf(error));
      },
      complete: () => over('completed'),
    });
    return () => {
      wire?.terminate();
      release();
    };
  },

  multipart: (asking, { told, over }) => {
    const client = new ApolloClient({ link: new HttpLink({ uri: `${asking.url}/graphql`, headers: authorized(asking) }), cache: new InMemoryCache() });
    const subscription = client.subscribe({ query: parse(asking.query), variables: asking.variables, fetchPolicy: 'no-cache', errorPolicy: 'all' }).subscribe({
      next: ({ data, error }) => {
        if (data) return told({ data: data as Record<string, unknown> });
        const { errors } = (error ?? {}) as Told;
        if (errors) told({ errors });
        over(reasonOf(error));
      },
      error: (error) => over(reasonOf(error)),
      complete: () => over('completed'),
    });
    return () => {
      subscription.unsubscribe();
      client.stop();
    };
  },

  events: (asking, { told, over }) => {
    const client = createEventsClient({ url: `${asking.url}/graphql`, headers: authorized(asking), retryAttempts: 0 });
    const stop = client.subscribe<Record<string, unknown>>({ query: asking.query, variables: asking.variables }, {
      next: (result) => told(result as Told),
      error: (error) => over(reasonOf(error)),
      complete: () => over('completed'),
    });
    return () => {
      stop();
      client.dispose();
    };
  },
};
