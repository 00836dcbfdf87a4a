// A backup carries gigabytes through a few buffers. What it has carried is garbage at once, and V8 lets 64 MB of such buffers stand before it looks for them: large ones are given back by hand, and commands, which are
// there for nothing else, run with --expose-gc (package.json) and have it look after every few megabytes.
const LARGE_BYTES = 65_536;
const LOOK_BYTES = 2 * 1024 * 1024;
/** Every so many times it looks at the old ones too, which takes longer. */
const OLD_TOO = 4;

let [passed, looks] = [0, 0];

/** Nobody reads these any more: their memory is free when this returns, and they are empty. Where Node cannot do it (before 21) they wait to be collected. */
export function giveBack(...buffers: readonly Buffer[]): void {
  for (const { buffer, byteLength } of buffers) {
    // One that is part of another shares its memory with more.
    if (byteLength < LARGE_BYTES || byteLength < buffer.byteLength) continue;
    passed += byteLength;
    (buffer as ArrayBuffer & { transfer?: (bytes: number) => ArrayBuffer }).transfer?.(0);
  }
  if (passed < LOOK_BYTES) return;
  passed = 0;
  looks += 1;
  (globalThis.gc as ((options: { type: 'minor' | 'major' }) => void) | undefined)?.({ type: looks % OLD_TOO === 0 ? 'major' : 'minor' });
}
