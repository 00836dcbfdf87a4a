// What the rest of the house may call of identity.
import type { AuthenticatePort } from '../kernel/base/subgraph-port.js';
import type { IdentityServices } from './services.js';

/** The gateway's way to check sessions and fetch the public keys. */
export const authenticatePort = ({ authentication, signingKeys }: IdentityServices): AuthenticatePort => ({
  session: (sessionId) => authentication.session(sessionId),
  jwks: async () => (await signingKeys.keys()).jwks,
});
