// Addresses of programs that a tenant gave us to call: checked when they are given, and called by what looks at each connection.
import { isLoopback } from './config.js';
import { invalidInput } from './errors.js';
import { checkPublicUrl, publicFetch } from './public-address.js';

const MOST = 2_048;

/** As it is kept. @param toLoopback whether it may be on this machine, by http too @throws Refusal InputInvalid */
export function givenAddress(text: string, field: readonly string[], toLoopback: boolean): string {
  const address = text.trim();
  if (address.length > MOST || !URL.canParse(address)) throw invalidInput('This is no address.', field);
  const url = new URL(address);
  const inside = toLoopback && isLoopback(url.hostname) && /^https?:$/.test(url.protocol);
  try {
    checkPublicUrl(url, inside ? [url.origin] : []);
  } catch (error) {
    throw invalidInput((error as Error).message, field);
  }
  return url.href;
}

/** Of strangers' addresses, none inside. */
const outside = publicFetch();

/** What calls an address that was given. */
export function fetchGiven(address: string, toLoopback: boolean): typeof fetch {
  const { origin, hostname } = new URL(address);
  return toLoopback && isLoopback(hostname) ? publicFetch({ trusted: [origin] }) : outside;
}
