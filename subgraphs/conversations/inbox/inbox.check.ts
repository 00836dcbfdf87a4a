// Asking the provider whether it takes credentials, before they are kept: outside of every transaction.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { Channel, TestOutcome } from '../channel/channel.port.js';
import type { Providers } from '../channel/providers.js';

const TIMEOUT_MS = 10_000;

/** Null: there is nobody to ask. */
export const askedOf = (channel: Channel, providers: Providers): Promise<TestOutcome | null> => channel.test({ providers, signal: AbortSignal.timeout(TIMEOUT_MS) });

/**
 * Credentials that nobody takes are no inbox. That somebody has a token of an address is also what entitles them to hear that it is taken.
 * @param field path of the part @throws Refusal InboxCredentialsRefused, ProviderUnreachable
 */
export async function requireAccepted(channel: Channel, providers: Providers, field: readonly string[]): Promise<void> {
  const outcome = await askedOf(channel, providers);
  if (outcome === null || outcome.kind === 'passed') return;
  if (outcome.kind === 'refused' && outcome.class !== 'retry' && outcome.class !== 'later') {
    throw new Refusal('InboxCredentialsRefused', ErrorCode.BAD_USER_INPUT, `The provider refuses the credentials: ${outcome.message}`, field, { providerCode: outcome.code });
  }
  throw new Refusal('ProviderUnreachable', ErrorCode.CHANNEL_UNAVAILABLE, `The provider could not be asked: ${outcome.message}`, field);
}
