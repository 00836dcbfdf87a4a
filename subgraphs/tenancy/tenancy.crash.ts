// Crash table of tenancy: the archive of an export.
import type { CrashStep } from '../kernel/base/crash-points.js';

export const tenancyCrashTable = [
  {
    point: 'tenant-export:archive', step: 'the archive is whole, the export is not ready yet',
    committed: 'a file that nobody is shown', onRestart: 'writes another one under a new name when the lease has ended, and shows that',
  },
] as const satisfies readonly CrashStep[];

export type TenancyCrashPoint = (typeof tenancyCrashTable)[number]['point'];
