// What the gateway spends on one credential: verified, looked up, judged. Identity is asked once and answers at once here, because
// a call waits for it only when it has not been asked for a while.
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { Authenticator } from '../../gateway/actor.js';
import { apiKeyHash, newApiKey } from '../../subgraphs/kernel/base/api-key.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { summary, type Summary } from './machine.facts.js';

/** In microseconds a check. */
export interface CheckCosts {
  knownToken: Summary;
  knownKey: Summary;
  newToken: Summary;
}

const BATCHES = 200;
const EACH = 50;
const HERE = { ip: '203.0.113.9', userAgent: 'bench' };
/** As many as a real agent has. */
const PERMISSIONS = Array.from({ length: 40 }, (_none, index) => `noun${index}:read`);

export async function measureChecks(): Promise<CheckCosts> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const [kid, session, tenant] = [newId(), newId(), newId()];
  const key = newApiKey('test');
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const authenticator = new Authenticator({
    session: async () => ({ ok: true, sub: newId(), tenant, session, permissions: PERMISSIONS, epoch: 1, expiresAt, validUntil: null }),
    apiKey: async (hash) => (hash === apiKeyHash(key) ? { ok: true, apiKey: newId(), tenant, permissions: PERMISSIONS, ips: ['203.0.113.0/24', '2001:db8::/32'], expiresAt } : { ok: false, reason: 'invalid' }),
    delegation: async () => ({ ok: false, reason: 'invalid' }),
    changes: async () => ({ cursor: '1', changes: [] }),
    jwks: async () => ({ keys: [{ ...await exportJWK(publicKey), kid, alg: 'EdDSA', use: 'sig' }] }),
  }, systemClock);
  authenticator.follower.start();
  await authenticator.follower.poll();
  const token = (jti: string): Promise<string> => new SignJWT({ sid: session, jti }).setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
    .setIssuer('switchboard').setAudience('switchboard').setSubject(newId()).setIssuedAt().setExpirationTime('10m').sign(privateKey);
  const bearer = (text: string) => authenticator.authenticate({ authorization: [`Bearer ${text}`], apiKey: [] }, HERE);
  try {
    const known = await token('known');
    const fresh = await Promise.all(Array.from({ length: BATCHES }, (_none, index) => token(`fresh-${index}`)));
    return {
      knownToken: await timed(EACH, () => bearer(known)),
      knownKey: await timed(EACH, () => authenticator.authenticate({ authorization: [], apiKey: [key] }, HERE)),
      newToken: await timed(1, (batch) => bearer(fresh[batch] ?? '')),
    };
  } finally {
    await authenticator.follower.stop();
  }
}

/** @param each calls a batch, of which the mean counts: a clock is too coarse for one */
export async function timed(each: number, call: (batch: number) => Promise<unknown>): Promise<Summary> {
  const microseconds: number[] = [];
  for (let warm = 0; each > 1 && warm < 2_000; warm += 1) await call(0);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const begun = performance.now();
    for (let one = 0; one < each; one += 1) await call(batch);
    microseconds.push((performance.now() - begun) * 1000 / each);
  }
  return summary(microseconds, 1);
}
