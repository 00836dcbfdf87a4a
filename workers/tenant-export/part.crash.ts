// Crash table of a part of an export; what follows it is tenancy's (tenant-export.run.ts).
import type { CrashStep } from '../../subgraphs/kernel/base/crash-points.js';

export const partCrashTable = [
  {
    point: 'tenant-export:part', step: 'every file of a part is whole, nobody was told',
    committed: 'files that nobody is shown', onRestart: 'the job is repeated, or ordered again after a minute, and answers from them: the index, which is written last, is there',
  },
] as const satisfies readonly CrashStep[];

export type PartCrashPoint = (typeof partCrashTable)[number]['point'];
