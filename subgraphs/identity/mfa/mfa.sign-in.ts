// Completing a sign-in: with a code, or by setting up the second factor that the tenant demands. No session exists before.
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { OrganizationService } from '../organization/organization.service.js';
import type { SessionOpening } from '../session/session.open.js';
import { tenantChoiceRequired } from '../session/session.refusals.js';
import type { Tokens } from '../session/session.tokens.js';
import type { MfaChallenges, OpenChallenge } from './mfa.challenge.js';
import { replaceBackupCodes, type MfaCodes, type Match } from './mfa.codes.js';
import type { MfaChallengeAnswerInput, MfaChallengeConfirmInput } from './mfa.inputs.js';
import type { MfaProof } from './mfa.proof.js';
import { mfaChallengeInvalid } from './mfa.refusals.js';
import { endOthers, noteFactor, type MfaSetUp } from './mfa.set-up.js';
import type { Provisioning } from './totp.js';

export interface Completed {
  tokens: Tokens;
  /** Empty unless a second factor was set up. */
  backupCodes: string[];
}

export class MfaSignIn {
  constructor(
    private readonly challenges: MfaChallenges, private readonly proof: MfaProof, private readonly codes: MfaCodes,
    private readonly setUp: MfaSetUp, private readonly opening: SessionOpening,
    private readonly organizations: OrganizationService,
  ) {}

  /** @throws Refusal MfaChallengeInvalid, MfaCodeInvalid, TooManyAttempts, TenantChoiceRequired, InputInvalid */
  async answer(context: OperationContext, { token, method, code, tenantId }: MfaChallengeAnswerInput): Promise<Tokens> {
    const challenge = await this.challenges.byToken(context, token);
    if (challenge.setsUp) throw mfaChallengeInvalid();
    const { tokens } = await this.#complete(context, challenge, tenantId, method, () => this.codes.match(challenge.userId, method, code));
    return tokens;
  }

  /** What to set up, for who may not come in without. @throws Refusal MfaChallengeInvalid, MfaAlreadyEnabled */
  async provision(context: OperationContext, token: string): Promise<Provisioning> {
    const challenge = await this.challenges.byToken(context, token);
    if (!challenge.setsUp) throw mfaChallengeInvalid();
    return this.setUp.provision(context, challenge.userId, (change) => context.mutate(change));
  }

  /** Puts the second factor into use and completes the sign-in with it. @throws as `answer` */
  async confirm(context: OperationContext, { token, code }: MfaChallengeConfirmInput): Promise<Completed> {
    const challenge = await this.challenges.byToken(context, token);
    if (!challenge.setsUp) throw mfaChallengeInvalid();
    return this.#complete(context, challenge, null, 'TOTP', () => this.codes.matchPending(challenge.userId, code));
  }

  async #complete(
    context: OperationContext, challenge: OpenChallenge, tenantId: string | null | undefined, method: 'TOTP' | 'BACKUP_CODE',
    match: () => Promise<Match | null>,
  ): Promise<Completed> {
    const { userId, setsUp } = challenge;
    const purpose = setsUp ? 'SET_UP' : 'SIGN_IN';
    const wanted = tenantId === null || tenantId === undefined ? null : inputId('tnt', tenantId, ['input', 'tenantId']);
    const homes = challenge.homes.filter((home) => wanted === null || home === wanted);
    const [home, ...others] = homes;
    // A tenant that was not offered is no tenant of this sign-in; which ones there are is told only to who has the code.
    if (!home) throw mfaChallengeInvalid();
    const names = others.length > 0 ? await this.organizations.of(userId) : [];
    const { tokens, address, store } = await this.opening.prepare(context, home, userId);
    return this.proof.byCode(context, { userId, method, purpose, match, as: others.length > 0 ? null : address }, async (unit) => {
      if (others.length > 0) throw tenantChoiceRequired(homes, names);
      await this.challenges.complete(unit, challenge);
      const backupCodes = setsUp ? await replaceBackupCodes(unit, userId) : [];
      if (setsUp) await endOthers(unit, context, userId, null);
      await store(unit, { mfaAt: unit.now });
      if (setsUp) noteFactor(context, userId, 'PENDING', 'ACTIVE', { signedIn: true });
      return { tokens, backupCodes };
    });
  }
}
