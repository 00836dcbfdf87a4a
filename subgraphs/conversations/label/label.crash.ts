// Crash table of a label that is deleted: what is committed when it stops, and who goes on. Each is stopped at in label.test.ts, and killed at in test/journeys/label-removal.proof.ts.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const labelCrashTable = [
  {
    point: 'label:deleted', step: 'a label was marked as deleted, nothing that bears it was touched',
    committed: 'the mark, its outbox and audit rows', onRestart: 'the relay or the sweeper enqueues the job; nobody is shown the label meanwhile',
  },
  {
    point: 'label:batch', step: 'a batch of conversations bears the label no more, the next was not begun',
    committed: 'the batches so far, each with the events of its conversations', onRestart: 'the sweeper enqueues the job, which goes on with those that are left and tells of no other',
  },
] as const satisfies readonly CrashStep[];

export type LabelCrashPoint = (typeof labelCrashTable)[number]['point'];
