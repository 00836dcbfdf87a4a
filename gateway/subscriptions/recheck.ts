// A socket outlives its proof: closed when it ended, when its rights changed, or when nobody could say for too long.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { tenantClosed } from '../../subgraphs/kernel/base/errors.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { isRefusal } from '../access/access.refusals.js';
import type { Authenticator } from '../actor.js';
import { CLOSE, type Connection } from './connection.js';

const AT_A_TIME = 8;
/** How long a socket goes on while identity does not answer. What is newly asked on it is refused at once. */
const UNVERIFIED_MS = 5_000;

export interface RecheckParts {
  authenticator: Authenticator;
  clock: Clock;
  logger: Logger;
}

/** One pass over these sockets, a few checks at a time. Never rejects. */
export async function recheckAll(connections: Iterable<Connection>, parts: RecheckParts): Promise<void> {
  const waiting = [...connections];
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

/** Whether who is behind a socket is who they were; otherwise it is closed. @throws when identity does not answer */
export async function recheck(connection: Connection, { authenticator, clock }: RecheckParts): Promise<boolean> {
  const { caller, origin } = connection;
  if (!caller?.proof) return true;
  const asked = clock.now().getTime();
  try {
    const now = await authenticator.check(caller.proof, origin);
    // What runs was permitted under the old rights: the client comes back and is judged anew.
    if (rightsOf(now.actor) !== rightsOf(caller.actor)) {
      connection.close(CLOSE.forbidden, now.actor.closed ? tenantClosed(now.actor.closed).message : 'Your rights have changed');
      return false;
    }
    connection.caller = now;
    connection.verifiedAt = asked;
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    connection.close(CLOSE.forbidden, error.message);
    return false;
  }
}

function giveUp(connection: Connection, clock: Clock): void {
  if (clock.now().getTime() - connection.verifiedAt <= UNVERIFIED_MS) return;
  connection.close(CLOSE.tryAgainLater, 'Authentication is unavailable');
}

const rightsOf = ({ sub, apiKey, tenant, session, permissions, epoch, closed }: Actor): string =>
  JSON.stringify([sub, apiKey, tenant, session, epoch, closed ?? null, [...permissions].sort()]);
