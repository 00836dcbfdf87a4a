// Links to files: signed with a key of the tenant, for one file, for some minutes.
import { readSignedLink, signedLink, type ReadLink } from '../../kernel/crypto/signed-link.js';
import type { Envelope } from '../../kernel/crypto/envelope.js';
import type { Clock } from '../../kernel/base/clock.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { LinkKeys } from '../../kernel/graphql/link-keys.js';

export const DOWNLOAD_PATH = '/media/';
/** Names the key of the tenant that signs its links, which goes with its other keys. */
export const LINK_KEY = 'media link';
const PURPOSE = 'media';
/** A link lives this long at least. Within one such time all who ask get the same, which their browser knows already. */
const WINDOW_SECONDS = 5 * 60;
/** Until when a link that is made now works: five to ten minutes. */
const expiryOf = (now: Date): number => (Math.floor(now.getTime() / 1_000 / WINDOW_SECONDS) + 2) * WINDOW_SECONDS;

export const readMediaLink = (token: string): ReadLink | null => readSignedLink(token, PURPOSE);

export class AttachmentLinks {
  readonly keys: LinkKeys;

  constructor(envelope: Envelope, private readonly clock: Clock) {
    this.keys = new LinkKeys(envelope, LINK_KEY);
  }

  /** A path to a stored file for whoever holds it, for a while; null where the tenant is being erased. */
  async pathFor(context: OperationContext, file: string): Promise<string | null> {
    const { actor: { sub, apiKey }, tenantId: tenant } = context;
    const by = sub ?? apiKey;
    const key = by === null ? null : await this.keys.of(context, tenant);
    return key && by && DOWNLOAD_PATH + signedLink({ tenant, file, kind: sub === null ? 'api_key' : 'user', by, expires: expiryOf(this.clock.now()) }, key, PURPOSE);
  }

  /** The same for a provider that is to fetch it, in the name of an inbox. */
  providerPath(key: Buffer, { tenant, file, inboxId }: { tenant: string; file: string; inboxId: string }): string {
    return DOWNLOAD_PATH + signedLink({ tenant, file, kind: 'api_key', by: inboxId, expires: expiryOf(this.clock.now()) + WINDOW_SECONDS }, key, PURPOSE);
  }
}
