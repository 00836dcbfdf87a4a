// Starting a restored cluster: where PostgreSQL's programs are is known to the composition alone.

/** Up to where the log is followed. */
export type RecoveryStop = { kind: 'latest' } | { kind: 'time'; time: Date } | { kind: 'name'; name: string };

export interface RecoverOptions {
  /** The folder of the files. */
  cluster: string;
  stop: RecoveryStop;
  timeline: number;
  /** Nobody will go on with it: nothing need be safe on the disk. */
  scratch: boolean;
}

/** A server that nobody but this account can reach. */
export interface RecoveredServer {
  /** Login of the superuser. */
  url(database: string): string;
  stop(): Promise<void>;
}

export interface RecoveryPort {
  /** The version of the programs, like 18. */
  major: number;
  /** An empty folder that they can work in. */
  scratch(): Promise<{ folder: string; remove(): Promise<void> }>;
  /** Follows the log and opens the cluster for writing. @throws BackupError with what the server said */
  recover(options: RecoverOptions): Promise<RecoveredServer>;
}
