// A socket outlives its proof: closed when it ended, when its rights changed, or when nobody could say for too long.
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { tenantClosed } from '../../subgraphs/kernel/base/errors.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { GraphQLError } from 'graphql';
import { isRefusal, tokenRefused } from '../access/access.refusals.js';
import type { Authenticator } from '../actor.js';
import type { Admission } from '../settings/admission.js';
import { isNotHere } from '../settings/settings.refusals.js';
import { rightsOf } from './live.scope.js';
import { CLOSE, type Peer } from './peer.js';

const AT_A_TIME = 8;
/** How long a socket goes on while identity does not answer. What is newly asked on it is refused at once. */
const UNVERIFIED_MS = 5_000;

export interface RecheckParts {
  authenticator: Authenticator;
  admission: Admission;
  clock: Clock;
  logger: Logger;
}

/** One pass over these sockets, a few checks at a time. Never rejects. */
export async function recheckAll(peers: Iterable<Peer>, parts: RecheckParts): Promise<void> {
  const waiting = [...peers];
  const unanswered: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      await recheck(next, parts).catch((error: unknown) => {
        unanswered.push(error);
        giveUp(next, parts.clock);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (unanswered.length === 0) return;
  parts.logger.error({ err: unanswered[0], sockets: unanswered.length }, 'callers of open sockets could not be checked');
}

/** Null: who is behind a socket is who they were, and may be here. Otherwise why it was closed. @throws when nobody can say */
export async function recheck(peer: Peer, { authenticator, admission, clock }: RecheckParts): Promise<GraphQLError | null> {
  const { caller, origin, page } = peer;
  if (!caller?.proof) return null;
  const asked = clock.now().getTime();
  try {
    const now = await authenticator.check(caller.proof, origin);
    // What runs was permitted under the old rights: the client comes back and is judged anew.
    if (rightsOf(now.actor) !== rightsOf(caller.actor)) {
      peer.close(CLOSE.forbidden, now.actor.closed ? tenantClosed(now.actor.closed).message : 'Your rights have changed');
      return tokenRefused('revoked');
    }
    await admission.admit({ actor: now.actor, page });
    peer.caller = now;
    peer.verifiedAt = asked;
    return null;
  } catch (error) {
    if (!isRefusal(error) && !isNotHere(error)) throw error;
    peer.close(CLOSE.forbidden, error.message);
    return error;
  }
}

/** After the settings of a tenant have changed: whether its sockets may stay, and whether what is live on them may go on. Never rejects. */
export async function recheckSettings(peers: readonly Peer[], parts: RecheckParts): Promise<void> {
  await recheckAll(peers, parts);
  for (const peer of peers) {
    if (!peer.open || !peer.caller) continue;
    // Where nobody can say now, the client comes back and is judged anew.
    const ends = await parts.admission.endsLive(peer.caller.actor).catch(() => true);
    if (ends) void peer.leave(CLOSE.tryAgainLater, 'The settings of your workspace have changed: reconnect');
  }
}

function giveUp(peer: Peer, clock: Clock): void {
  if (clock.now().getTime() - peer.verifiedAt <= UNVERIFIED_MS) return;
  peer.close(CLOSE.tryAgainLater, 'Authentication is unavailable');
}
