// Batched reads of notifications.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import type { NotificationParams } from './notification.entity.js';
import type { NotificationKind } from './notification.kinds.js';

export interface NotificationRow {
  id: string;
  kind: NotificationKind;
  subjectId: string | null;
  params: NotificationParams;
  createdAt: Date;
  readAt: Date | null;
}

/** The caller's own; null for everybody else's. */
export const notificationById = defineLoader<OperationContext, string, NotificationRow>({
  name: 'notification by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Notification').select(['id', 'kind', 'subjectId', 'params', 'createdAt', 'readAt'])
      .where('tenantId', '=', homeOf(context.actor)).where('userId', '=', context.userId).where('inApp', '=', true).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});
