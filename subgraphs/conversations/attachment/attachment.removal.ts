// Deletes what is not wanted any more: the file first, then the row that says where it is. Repeated as often as it takes.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { StoragePort } from '../../kernel/storage/storage.js';
import { sql } from 'kysely';
import { db } from '../tables.js';
import type { AttachmentCrashPoint } from './attachment.crash.js';
import { filesOf, foldersOf } from './attachment.files.js';
import { giveUp } from './attachment.keep.js';
import { kept } from './attachment.lease.js';

/** What was uploaded and no message has taken by then. */
export const UNUSED_MS = 24 * 3_600_000;
/** After a file could not be deleted. */
const AGAIN_MS = 60_000;

export class AttachmentRemoval {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly storage: StoragePort, private readonly crash: CrashPoint<AttachmentCrashPoint>) {}

  /** @returns whether it has gone */
  async remove(tenantId: string, id: string): Promise<boolean> {
    const due = await this.#unit(tenantId, id, async ({ tx, now }) => {
      // What was uploaded and sent with nothing in its time.
      await giveUp(tx, tenantId, sql`id = ${id}::uuid and source = 'UPLOAD' and message_id is null and due_at <= ${now} and (state <> 'FETCHING' or created_at <= ${new Date(now.getTime() - UNUSED_MS)})`, now);
      return await db(tx).selectFrom('Attachment').select('id').where('tenantId', '=', tenantId).where('id', '=', id).where('state', '=', 'GONE').where('dueAt', '<=', now).executeTakeFirst() !== undefined;
    });
    if (!due) return false;
    const files = filesOf({ tenantId, id });
    try {
      await this.storage.removeAll(files);
    } catch (error) {
      await this.#unit(tenantId, id, async ({ tx, now }) => {
        await db(tx).updateTable('Attachment').set({ dueAt: new Date(now.getTime() + AGAIN_MS) }).where('tenantId', '=', tenantId).where('id', '=', id).where('state', '=', 'GONE').execute();
      });
      throw error;
    }
    this.crash('media:removed');
    return this.#unit(tenantId, id, async ({ tx }) => {
      await kept.drop(tx, tenantId, files);
      const gone = await db(tx).deleteFrom('Attachment').where('tenantId', '=', tenantId).where('id', '=', id).where('state', '=', 'GONE').executeTakeFirst();
      return gone.numDeletedRows > 0n;
    });
  }

  /** Deletes every file of a tenant, whether or not a row (still) names it. */
  async forget(tenantId: string): Promise<void> {
    for (const folder of foldersOf(tenantId)) await this.storage.removeAll(folder);
  }

  #unit<T>(tenantId: string, id: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `attachment-${id}` }, work);
  }
}
