// A socket outlives its token: one sweep closes those whose token ended, whose session ended or whose rights changed.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { actorOf, type Authenticator } from '../actor.js';
import { CLOSE, type Connection } from './connection.js';

const AT_A_TIME = 8;
/** How long a socket goes on while identity does not answer. */
const UNVERIFIED_MS = 5_000;

export interface RecheckParts {
  authenticator: Authenticator;
  clock: Clock;
  logger: Logger;
}

/** One pass over all sockets, a few session checks at a time. Never rejects. */
export async function recheck(connections: Iterable<Connection>, parts: RecheckParts): Promise<void> {
  const waiting = [...connections].filter(({ caller, open }) => open && caller?.session);
  const unanswered: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await recheckOne(next, parts, unanswered);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (unanswered.length === 0) return;
  parts.logger.error({ err: unanswered[0], sockets: unanswered.length }, 'sessions of open sockets could not be checked');
}

async function recheckOne(connection: Connection, { authenticator, clock }: RecheckParts, unanswered: unknown[]): Promise<void> {
  const { caller } = connection;
  if (!caller?.session) return;
  if (caller.session.tokenExpiresAt <= clock.now()) {
    return connection.close(CLOSE.forbidden, 'The access token has expired');
  }
  try {
    const asked = clock.now().getTime();
    const answer = await authenticator.session(caller.session.id);
    if (!answer.ok) return connection.close(CLOSE.forbidden, `The session has ended (${answer.reason})`);
    // What runs was permitted under the old rights: the client comes back and is judged anew.
    if (rightsOf(actorOf(answer, connection.origin)) !== rightsOf(caller.actor)) {
      return connection.close(CLOSE.forbidden, 'Your rights have changed');
    }
    connection.verifiedAt = asked;
  } catch (error) {
    unanswered.push(error);
    if (clock.now().getTime() - connection.verifiedAt > UNVERIFIED_MS) {
      connection.close(CLOSE.tryAgainLater, 'Authentication is unavailable');
    }
  }
}

const rightsOf = ({ sub, tenant, session, permissions, epoch }: Actor): string =>
  JSON.stringify([sub, tenant, session, epoch, [...permissions].sort()]);
