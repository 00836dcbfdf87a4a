// The upkeep of the trail: partitions ahead of time, and retention once a day.
import type { Pool } from 'pg';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

interface Dropped {
  part: string;
  entries: string;
  dropped: boolean;
}

/** At the first call; then partitions each hour and retention each day, whatever the sweeper's pace. */
export function logUpkeep({ config, logger }: Pick<SubgraphDeps, 'config' | 'logger'>): (system: Pool) => Promise<void> {
  let [ensured, cleaned] = [-Infinity, -Infinity];
  return async (system) => {
    const now = performance.now();
    if (now - ensured >= HOUR_MS) {
      ensured = now;
      await system.query('select compliance.ensure_audit_partitions()');
    }
    if (now - cleaned < DAY_MS) return;
    // When it fails it pauses too: its locks and scans are not for each round of the sweeper.
    cleaned = now - DAY_MS + HOUR_MS;
    const { rows } = await system.query<Dropped>('select part, entries, dropped from compliance.cleanup_old_audit_logs(make_interval(months => $1))', [config.auditRetentionMonths]);
    cleaned = now;
    for (const { part, entries, dropped } of rows) {
      if (dropped) logger.info({ part, entries }, 'retention has dropped a month of the audit trail');
      else logger.error({ part, entries }, 'a month of the audit trail is old enough to go and stays, because no checkpoint covers all of it');
    }
  };
}
