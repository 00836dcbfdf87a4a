// Crash table of compliance: the audit collector's way from a staging table into the trail, and the file of an export.
import type { CrashStep } from '../kernel/base/crash-points.js';

export const complianceCrashTable = [
  {
    point: 'audit:copied', step: 'a batch was sealed into the trail, the staged rows are still there',
    committed: 'the events, with their places in the log, its tree, and what they tell of attacks', onRestart: 'seals nothing (same keys), deletes the staged rows',
  },
  {
    point: 'audit:moved', step: 'the staged rows of the batch were deleted',
    committed: 'the batch has moved', onRestart: 'goes on with the next one',
  },
  {
    point: 'export:written', step: 'the file of an export is whole, the export is not ready yet',
    committed: 'a file that nobody is shown', onRestart: 'writes another one under a new name when the lease has ended, and shows that',
  },
] as const satisfies readonly CrashStep[];

export type ComplianceCrashPoint = (typeof complianceCrashTable)[number]['point'];
