// What a signed-in client holds: a short access JWT that names its session, and an opaque refresh token spent once.
import { SignJWT } from 'jose';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantOf } from '../platform.js';
import { newSecret } from '../secret.js';
import { ACCESS_LIFETIME_MS } from '../signing-key/signing-key.life.js';
import { SIGNING_ALGORITHM } from '../signing-key/signing-key.rotation.js';
import type { SigningKeyService } from '../signing-key/signing-key.service.js';

/** Where a session lives: its tenant (or the platform's), itself, its person. */
export interface SessionAddress {
  home: string;
  sessionId: string;
  userId: string;
}

export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
}

export interface IssuedTokens {
  tokens: Tokens;
  /** How the refresh token is kept. */
  refreshHash: string;
}

export class TokenService {
  constructor(private readonly signingKeys: SigningKeyService) {}

  async issue({ home, sessionId, userId }: SessionAddress, now: Date): Promise<IssuedTokens> {
    const { kid, privateKey } = await this.signingKeys.keys();
    const tenant = tenantOf(home);
    const issuedAt = Math.floor(now.getTime() / 1000);
    const expiresAt = issuedAt + ACCESS_LIFETIME_MS / 1000;
    const accessToken = await new SignJWT({ sid: sessionId, tid: tenant === null ? null : encodeId('tnt', tenant) })
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: 'JWT' })
      .setIssuer('switchboard').setAudience('switchboard').setSubject(encodeId('user', userId))
      .setIssuedAt(issuedAt).setExpirationTime(expiresAt)
      .sign(privateKey);
    const { secret: refreshToken, hash: refreshHash } = newSecret();
    return {
      tokens: { accessToken, accessTokenExpiresAt: new Date(expiresAt * 1000), refreshToken },
      refreshHash,
    };
  }
}
