// What the recovery proof says of each thing it has tried.
import { stat } from 'node:fs/promises';

export interface RecoveryResult {
  name: string;
  violations: string[];
  /** Figures worth telling. */
  told: string;
}

export type Proved = (name: string, violations: string[], told: string) => void;

export const lastLine = (text: string): string => text.split('\n').at(-1) ?? '';

export const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);
