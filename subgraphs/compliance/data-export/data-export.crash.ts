// Crash table of exports of lists: read in parts, written from them. What begins a step again is the sweeper, from `due_at`.
import type { CrashStep } from '../../kernel/base/crash-points.js';

export const dataExportCrashTable = [
  {
    point: 'data-export:part', step: 'the file of a part is whole, the place after it is not committed',
    committed: 'the parts before it, and where they end', onRestart: 'reads that part again under a new name when the lease has ended; the first goes with the export\'s files',
  },
  {
    point: 'data-export:read', step: 'a part and the place after it are committed',
    committed: 'every row up to there, once', onRestart: 'goes on after it',
  },
  {
    point: 'data-export:written', step: 'the file is whole, the export is not ready yet',
    committed: 'every part, and a file that nobody is shown', onRestart: 'writes another file from the parts under a new name, and shows that',
  },
  {
    point: 'data-export:ready', step: 'the export is ready, its parts are still there',
    committed: 'READY, the way to the file, the hash of its manifest', onRestart: 'removes the parts',
  },
] as const satisfies readonly CrashStep[];

export type DataExportCrashPoint = (typeof dataExportCrashTable)[number]['point'];
