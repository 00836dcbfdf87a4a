// What the gateway vouches for when it hands an HTTP request to the route of a subgraph in another process.
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { signClaims, type ActorVerifier } from './actor.js';

export const ROUTE_HEADER = 'x-switchboard-route';
/** On an answer: the subgraph did not believe the token, so the route was never asked. */
export const ROUTE_REFUSED_HEADER = 'x-switchboard-refused';
const AUDIENCE = 'switchboard-route';

const claimsSchema = z.object({
  aud: z.literal(AUDIENCE),
  exp: z.number().int(),
  subgraph: z.string(),
  /** The declaration's name. */
  route: z.string(),
  /** The path's parameters, decoded. */
  params: z.record(z.string(), z.string()),
  /** As the client called it. */
  url: z.string(),
  ip: z.string().nullable(),
  correlationId: z.string(),
});
export type RouteClaims = Omit<z.infer<typeof claimsSchema>, 'aud' | 'exp'>;

export const signRoute = (claims: RouteClaims, privateKey: KeyObject, now: Date): string =>
  signClaims({ ...claims, aud: AUDIENCE }, privateKey, now);

/** The claims, or `null` when the token is absent, malformed, forged or expired. */
export const verifyRoute = (verifier: ActorVerifier, token: string | undefined, now: Date): RouteClaims | null =>
  verifier.claims(token, claimsSchema, now);
