// Crash table of a backup: nothing of it counts before its manifest, which is written last.
import type { CrashStep } from '../../subgraphs/kernel/base/crash-points.js';

export const backupCrashTable = [
  { point: 'backup:pack', step: 'a pack was stored', committed: 'its id and key, and some packs', onRestart: 'the next backup takes it up: what is there under the same name is not sent again' },
  { point: 'backup:base', step: 'every pack was stored', committed: 'all packs', onRestart: 'as before' },
  { point: 'backup:files', step: 'files of customers were stored', committed: 'all packs, and pieces of files that no index names', onRestart: 'as before; a piece that is there is not sent again' },
  { point: 'backup:log', step: 'the log has come', committed: 'pieces of the log, which are of no backup', onRestart: 'as before' },
  { point: 'backup:manifest', step: 'the manifest was signed', committed: 'a whole backup, and a note that it is being taken', onRestart: 'the note is not believed: there is a manifest' },
] as const satisfies readonly CrashStep[];

export type BackupCrashPoint = (typeof backupCrashTable)[number]['point'];
