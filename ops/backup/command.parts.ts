// What the commands of backups are given, and what they end with.
import type { Config } from '../../subgraphs/kernel/base/config.js';

/** A line for somebody who watches, and whether all is well. */
export interface CommandEnd {
  lines: string[];
  ok: boolean;
}

export interface CommandParts {
  config: Config;
  say: (line: string) => void;
  /** Resolves when somebody wants it to end. */
  ended: Promise<void>;
}
