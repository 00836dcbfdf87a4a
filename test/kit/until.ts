// Waits for something that happens soon, and says what did not.
import { setTimeout as sleep } from 'node:timers/promises';

/** @throws naming `what` when it has not become true within `ms` */
export async function until(check: () => Promise<boolean>, what: string, ms = 10_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms in vain until ${what}.`);
    await sleep(25);
  }
}
