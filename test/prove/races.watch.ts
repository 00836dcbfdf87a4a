// Counts how many transactions of commerce are open at the same time, as PostgreSQL itself sees them.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const LOOK_MS = 5;

export interface Watch {
  /** The most that were seen so far. */
  most(): number;
  stop(): Promise<void>;
}

/** @param adminUrl superuser URL of the database that is watched @param everyMs how often it is looked: each look costs something too */
export function watchTransactions(adminUrl: string, everyMs = LOOK_MS): Watch {
  let [most, over] = [0, false];
  const watching = (async () => {
    const watcher = new Client({ connectionString: adminUrl });
    await watcher.connect();
    while (!over) {
      const { rows: [row] } = await watcher.query<{ open: number }>(`select count(*)::int as open from pg_stat_activity
        where datname = current_database() and usename = 'switchboard_commerce' and xact_start is not null`);
      most = Math.max(most, row?.open ?? 0);
      await sleep(everyMs);
    }
    await watcher.end();
  })();
  return {
    most: () => most,
    stop: async () => {
      over = true;
      await watching;
    },
  };
}
