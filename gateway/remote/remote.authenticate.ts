// Identity in another process, as the gateway asks it who is behind a token.
import { z } from 'zod';
import { actorSchema } from '../../subgraphs/kernel/base/actor.js';
import type { AccessChanges, AuthenticatePort, Authentication, DelegateAuthentication, KeyAuthentication } from '../../subgraphs/kernel/base/subgraph-port.js';
import { RemoteAnswers } from './remote.answers.js';

const refusedSchema = z.object({ ok: z.literal(false), reason: z.enum(['invalid', 'expired', 'revoked']) });
/** Why their tenant is shut: what is not named here would be left out, and the tenant open. */
const closed = actorSchema.shape.closed;
const authenticationSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true), sub: z.string(), tenant: z.string().nullable(), session: z.string(), permissions: z.array(z.string()),
    epoch: z.number(), expiresAt: z.string(), validUntil: z.string().nullable(), closed,
  }),
  refusedSchema,
]);
const keySchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true), apiKey: z.string(), tenant: z.string(), permissions: z.array(z.string()), ips: z.array(z.string()),
    expiresAt: z.string().nullable(), closed,
  }),
  refusedSchema,
]);
const id = z.string().nullable();
const delegateSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true), sub: id, apiKey: id, tenant: z.string(), permissions: z.array(z.string()), ip: id, userAgent: id, expiresAt: z.string(), closed,
  }),
  refusedSchema,
]);
const changesSchema = z.object({
  cursor: z.string(),
  changes: z.array(z.object({ tenant: id, userId: id, sessionId: id, apiKeyId: id })).nullable(),
});
const jwksSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

export class RemoteAuthenticate extends RemoteAnswers implements AuthenticatePort {
  /** @throws SubgraphUnavailable when identity cannot be reached or is late */
  session(sessionId: string): Promise<Authentication> {
    return this.ask(`/internal/session/${encodeURIComponent(sessionId)}`, authenticationSchema);
  }

  /** @throws SubgraphUnavailable when identity cannot be reached or is late */
  apiKey(hash: string, ip: string | null): Promise<KeyAuthentication> {
    return this.ask(`/internal/api-key/${hash}${ip === null ? '' : `?ip=${encodeURIComponent(ip)}`}`, keySchema);
  }

  /** @throws SubgraphUnavailable when identity cannot be reached or is late */
  delegation(token: string): Promise<DelegateAuthentication> {
    return this.ask(`/internal/delegation/${encodeURIComponent(token)}`, delegateSchema);
  }

  /** @throws SubgraphUnavailable when identity cannot be reached or is late */
  changes(cursor: string | null): Promise<AccessChanges> {
    return this.ask(`/internal/changes${cursor === null ? '' : `?since=${encodeURIComponent(cursor)}`}`, changesSchema);
  }

  /** @throws SubgraphUnavailable when identity cannot be reached or is late */
  jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    return this.ask('/internal/jwks', jwksSchema);
  }
}
