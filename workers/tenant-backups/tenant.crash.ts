// Crash tables of a backup of one tenant and of its restore.
import type { CrashStep } from '../../subgraphs/kernel/base/crash-points.js';

export const tenantSnapshotCrashTable = [
  { point: 'tenant-snapshot:pack', step: 'some rows were stored', committed: 'objects that no manifest names', onRestart: 'the next one begins anew; what is left of this one goes after two days' },
  { point: 'tenant-snapshot:files', step: 'rows and files were stored', committed: 'as before; files are found again by their content', onRestart: 'as before, and no file is sent again' },
  { point: 'tenant-snapshot:manifest', step: 'the manifest was signed', committed: 'a whole snapshot that the run does not know of', onRestart: 'the run finds it, and takes no other' },
] as const satisfies readonly CrashStep[];

export const tenantRestoreCrashTable = [
  { point: 'tenant-restore:files', step: 'the files are in their place', committed: 'files, and no row', onRestart: 'files that are there as they should be are left alone' },
  { point: 'tenant-restore:rows', step: 'the rows of a schema are written and not committed', committed: 'the schemas before it', onRestart: 'the same restore goes on with this schema' },
  { point: 'tenant-restore:schema', step: 'a schema is restored', committed: 'it, with a row that says so', onRestart: 'the same restore goes on with the next schema' },
  { point: 'tenant-restore:cleared', step: 'files that nothing refers to any more are removed', committed: 'all rows', onRestart: 'removing them again is no error' },
] as const satisfies readonly CrashStep[];

export type TenantSnapshotCrashPoint = (typeof tenantSnapshotCrashTable)[number]['point'];
export type TenantRestoreCrashPoint = (typeof tenantRestoreCrashTable)[number]['point'];
