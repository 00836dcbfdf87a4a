// What must hold after a kill, by point: where the two unclear points differ from all the others.
import { paymentCrashTable } from '../../subgraphs/commerce/payment/payment.crash.js';
import { complianceCrashTable } from '../../subgraphs/compliance/compliance.crash.js';
import { dataExportCrashTable } from '../../subgraphs/compliance/data-export/data-export.crash.js';
import { conversationsCrashTable, type ConversationsCrashPoint } from '../../subgraphs/conversations/conversations.crash.js';
import type { CrashStep } from '../../subgraphs/kernel/base/crash-points.js';
import { attachmentCrashTable } from '../../subgraphs/conversations/attachment/attachment.crash.js';
import { connectionCrashTable } from '../../subgraphs/conversations/connection/connection.crash.js';
import { labelCrashTable } from '../../subgraphs/conversations/label/label.crash.js';
import { mutationCrashTable } from '../../subgraphs/kernel/graphql/mutation.crash.js';
import { retentionCrashTable } from '../../subgraphs/kernel/messaging/retention.crash.js';
import { tenancyCrashTable } from '../../subgraphs/tenancy/tenancy.crash.js';
import { erasureCrashTable } from '../../workers/erasure/erasure.crash.js';
import { relayCrashTable } from '../../workers/relay/relay.crash.js';
import { partCrashTable } from '../../workers/tenant-export/part.crash.js';

const tables = [...conversationsCrashTable, ...relayCrashTable, ...complianceCrashTable, ...dataExportCrashTable] as const;

/** Passed by the end of a tenant, which has a proof of its own: test/journeys/tenant-end.proof.ts. */
export const endTable = [...partCrashTable, ...tenancyCrashTable, ...erasureCrashTable] as const;
/** Every named point of the product; those of a purge are proven in test/journeys/retention.proof.ts, those of files and tokens in crash.files.ts, those of labels in test/journeys/label-removal.proof.ts, those of payments and mutations in races.kills.ts. */
export const crashTable: readonly CrashStep[] = [...tables, ...endTable, ...retentionCrashTable, ...attachmentCrashTable, ...connectionCrashTable, ...labelCrashTable, ...paymentCrashTable, ...mutationCrashTable];
export type AnyCrashPoint = (typeof tables)[number]['point'];

/** Between claim and record nobody knows whether the provider has the message: it is never sent again by itself. */
export const UNCLEAR: Partial<Record<string, { sent: 0 | 1 }>> & Partial<Record<ConversationsCrashPoint, { sent: 0 | 1 }>> = {
  'send:claimed': { sent: 0 },
  'send:answered': { sent: 1 },
};

export interface Trial {
  point: AnyCrashPoint;
  /** What the outside world does first; the other follows at once. */
  first: 'webhook' | 'send';
  /** PostgreSQL is killed too, and has to recover. */
  database: boolean;
}

export const trialName = ({ point, first, database }: Trial): string =>
  `${point}${first === 'send' ? ', send first' : ''}${database ? ', database killed too' : ''}`;

/** Small: each point once, and one kill of the database. Otherwise each point in both orders, with and without the database. */
export function trials(small: boolean): Trial[] {
  const points = tables.map(({ point }) => point);
  if (small) return [...points.map((point): Trial => ({ point, first: 'webhook', database: false })), { point: 'ingest:item', first: 'send', database: true }];
  return points.flatMap((point) => ([false, true] as const).flatMap((database) =>
    (['webhook', 'send'] as const).map((first): Trial => ({ point, first, database }))));
}
