// What takes and verifies backups: the composition hands it in, for where the server and the place of backups are is not compliance's to know.
import type { BackupLevel } from './backup.entity.js';

export interface BackupMade {
  backupId: string;
  manifestSha256: string;
  /** Bytes of content, and bytes stored. */
  content: number;
  stored: number;
}

export interface BackupChecked {
  backupId: string;
  /** Null: not even the first. */
  level: BackupLevel | null;
  latest: Date | null;
  findings: string[];
}

/** @param part from 0 to 1 */
export type BackupProgressing = (phase: string, part: number) => void;

/** What an operator can mend, in one sentence. */
export class BackupFailure extends Error {}

export interface BackupPort {
  /** @throws BackupFailure */
  create(label: string, progress: BackupProgressing): Promise<BackupMade>;
  /** @param backupId null: the newest @throws BackupFailure */
  verify(backupId: string | null, wanted: BackupLevel, progress: BackupProgressing): Promise<BackupChecked>;
  /** Of one tenant; what need not be kept of it any more goes with it. @param runId taken for it once, however often it is asked for @throws BackupFailure */
  tenant(tenantId: string, label: string, runId: string, progress: BackupProgressing): Promise<BackupMade>;
  /** Lets go what need not be kept any more. @returns ids of backups */
  prune(): Promise<string[]>;
}
