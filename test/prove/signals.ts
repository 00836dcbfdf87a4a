// What a proof that is told to end leaves behind: nothing.
import { constants } from 'node:os';

/** Ctrl-C leaves nothing behind either, above all no mounted disk. @returns what takes it back */
export function onSignal(clear: () => Promise<void>): () => void {
  let clearing = false;
  // A terminal's Ctrl-C comes twice: once from it, once by whoever started this process.
  const stop = (signal: NodeJS.Signals): void => {
    if (clearing) return;
    clearing = true;
    void clear().catch((error: Error) => console.error(error.message)).finally(() => process.exit(128 + constants.signals[signal]));
  };
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, stop);
  return () => { for (const signal of signals) process.off(signal, stop); };
}
