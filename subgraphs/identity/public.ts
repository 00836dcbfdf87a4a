// What the rest of the house may call of identity.
import type { AuthenticatePort } from '../kernel/base/subgraph-port.js';
import type { IdentityServices } from './services.js';

/** The gateway's way to check sessions and fetch the public keys. */
export const authenticatePort = ({ authentication, accessChanges, signingKeys }: IdentityServices): AuthenticatePort => ({
  session: (sessionId) => authentication.session(sessionId),
  // There are no API keys yet, so none is known.
  apiKey: async () => ({ ok: false, reason: 'invalid' }),
  changes: (cursor) => accessChanges.since(cursor),
  jwks: async () => (await signingKeys.keys()).jwks,
});
