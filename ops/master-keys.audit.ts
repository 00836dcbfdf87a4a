// What the platform's trail tells of data keys that are wrapped anew: how many, from which master key to which, and nothing of any key.
import type { PoolClient } from 'pg';
import { systemActor } from '../subgraphs/kernel/base/actor.js';
import { systemClock } from '../subgraphs/kernel/base/clock.js';
import type { RewrappedPage } from '../subgraphs/kernel/crypto/rewrap.js';
import { stagedAudit } from '../subgraphs/kernel/messaging/audit.js';

export const MASTER_KEY_ACTION = 'master_key.rewrap';
const CLASSES = { MasterKey: { subgraph: 'plain', keys: 'plain', rewrapped: 'plain', from: 'plain' } } as const;

/** @param to the master key that wraps now @param correlationId of the whole run, in all its events */
export async function tellRewrapped(client: PoolClient, subgraph: string, { keys, rewrapped, from, failed }: RewrappedPage, to: string, correlationId: string): Promise<void> {
  const event = stagedAudit({
    action: MASTER_KEY_ACTION, type: 'SECURITY', ...(failed ? { outcome: 'FAILURE', severity: 'ERROR', reason: 'INTERNAL' } as const : { outcome: 'SUCCESS' } as const),
    resource: { type: 'MasterKey', id: to }, after: { subgraph, keys, rewrapped, from },
  }, { actor: systemActor(null), correlationId }, {}, systemClock.now(), { classes: CLASSES, key: null });
  await client.query(`insert into ${subgraph}.platform_audit_staging (id, event) values ($1, $2)`, [event.id, JSON.stringify(event)]);
}
