// Batched reads of the files of messages.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db } from '../tables.js';
import type { AttachmentState, RefusedReason } from './attachment.entity.js';

export interface AttachmentRow {
  id: string;
  position: number | null;
  state: AttachmentState;
  storedType: string | null;
  size: string | null;
  sha256: string | null;
  claimedName: string | null;
  claimedType: string | null;
  reason: RefusedReason | null;
}

const COLUMNS = ['id', 'position', 'state', 'storedType', 'size', 'sha256', 'claimedName', 'claimedType', 'reason', 'messageId'] as const;

/** Files by their message, in order. */
export const attachmentsOf = defineLoader<OperationContext, string, AttachmentRow[]>({
  name: 'attachment.ofMessage', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('Attachment').select(COLUMNS).where('messageId', 'in', [...ids]).orderBy('position').execute();
    const found = new Map<string, AttachmentRow[]>();
    for (const row of rows) found.set(row.messageId ?? '', [...(found.get(row.messageId ?? '') ?? []), row]);
    return found;
  },
});

export const attachmentById = defineLoader<OperationContext, string, AttachmentRow>({
  name: 'attachment.byId', keyOf: (key) => key,
  batch: async (context, ids) => new Map((await db(await context.read()).selectFrom('Attachment').select(COLUMNS).where('id', 'in', [...ids]).where('state', '<>', 'GONE').execute()).map((row) => [row.id, row])),
});
