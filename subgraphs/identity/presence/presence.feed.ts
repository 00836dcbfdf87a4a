// presence: colleagues of one tenant as they come, go and change their word. Whoever falls silent is told of when their time is over.
import { z } from 'zod';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { momentIterator, type MomentHub } from '../../kernel/messaging/moments.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import { PRESENCE_LASTS_MS, presenceAt, type SaidPresence } from './presence.rules.js';

const KEY = 'presence';
/** How often it is looked whose time is over. */
const SWEEP_MS = 1_000;

const moment = z.object({ userId: z.uuid(), status: z.enum(['ONLINE', 'AWAY', 'BUSY', 'OFFLINE']), note: z.string().nullable(), since: z.coerce.date(), heartbeatAt: z.coerce.date() });

export class PresenceFeed {
  constructor(private readonly moments: MomentHub) {}

  /** To be called once what was said is committed. */
  tell(home: string, userId: string, said: SaidPresence): void {
    this.moments.tell(home, KEY, { userId, ...said });
  }

  async open(context: OperationContext): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const { deps: { clock }, actor } = context;
    const known = new Map<string, SaidPresence>();
    const stream = this.moments.open(homeOf(actor), KEY);
    // Who has spoken lately will fall silent some time, and nobody will say so.
    const since = new Date(clock.now().getTime() - PRESENCE_LASTS_MS);
    for (const { userId, ...said } of await db(await readHome(context)).selectFrom('Presence').select(['userId', 'status', 'note', 'since', 'heartbeatAt'])
      .where('tenantId', '=', homeOf(actor)).where('heartbeatAt', '>', since).where('status', '!=', 'OFFLINE').execute()) known.set(userId, said);
    await context.close();
    const sweep = setInterval(() => {
      for (const [userId, said] of known) {
        const now = presenceAt(said, clock.now());
        if (now.status === 'OFFLINE') stream.push({ ...said, userId, status: 'OFFLINE', note: null, since: now.since });
      }
    }, SWEEP_MS).unref();
    return momentIterator(stream, (told) => {
      const { userId, ...said } = moment.parse(told);
      const before = known.get(userId);
      if (said.status === 'OFFLINE') known.delete(userId);
      else known.set(userId, said);
      // A heartbeat is no news.
      if (before?.status === said.status && before.note === said.note) return null;
      return { userId, presence: { status: said.status, text: said.note, since: said.since } };
    }, () => clearInterval(sweep));
  }
}
