// A backup taken by hand runs beside the product: whoever is served comes first.
import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** From now on this process takes what others leave of the processors. */
export function giveWay(): void {
  // On Linux each thread has a priority of its own, and those that pack and write are there by now.
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
  for (const thread of threads) {
    try {
      setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch (error) {
      // It has just ended.
      if ((error as { info?: { code?: string } }).info?.code !== 'ESRCH') throw error;
    }
  }
}
