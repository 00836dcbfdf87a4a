// What files may be called, wherever they are kept.

/** Names between slashes; none is hidden, none climbs. */
const KEY = /^[a-z0-9][a-z0-9_.-]*(?:\/[a-z0-9][a-z0-9_.-]*)*$/;

/** @throws unless `key` may be the name of a file */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new Error(`${JSON.stringify(key)} is no key of a file.`);
}

/** @throws unless keys may begin with `prefix`: as a key, or a folder with its slash */
export function checkPrefix(prefix: string): void {
  checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}
