// Who calls in Twilio's name: the signature over the address and the fields of the form, or over the address that names the body's digest.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceivedCall } from './channel.port.js';

export const TWILIO_SIGNATURE = 'x-twilio-signature';

/** Base64 of the HMAC-SHA1. Source: "Webhooks security" of Twilio's documentation. @param fields as `signedFields` writes them */
export const twilioSignature = (authToken: string, url: string, fields: string): string =>
  createHmac('sha1', authToken).update(url + fields).digest('base64');

/** Names and values in the order of the names. Of a name that comes several times, each value once, in their order. */
export function signedFields(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join('');
}

export function twilioSigned({ url, headers, body }: ReceivedCall, authToken: string): boolean {
  const given = /^[A-Za-z0-9+/]{27}=$/.exec(headers[TWILIO_SIGNATURE] ?? '')?.[0];
  if (given === undefined || authToken === '') return false;
  // What is no form is signed by its digest, which stands in the signed address.
  const digest = /[?&]bodySHA256=([0-9a-fA-F]{64})(?:&|$)/.exec(url)?.[1];
  if (digest !== undefined && createHash('sha256').update(body).digest('hex') !== digest.toLowerCase()) return false;
  const fields = digest === undefined ? signedFields(new URLSearchParams(body.toString('utf8'))) : '';
  const signed = Buffer.from(given, 'base64');
  return addresses(url).some((address) => timingSafeEqual(signed, Buffer.from(twilioSignature(authToken, address, fields), 'base64')));
}

/**
 * Twilio signs the address with or without its port, as it happens; and a proxy that nobody told us of may have taken the
 * encryption off. None of that gives anything away: each is signed with the secret.
 */
function addresses(url: string): string[] {
  const parts = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/s.exec(url);
  if (!parts) return [url];
  const [, scheme = '', host = '', port, rest = ''] = parts;
  const schemes = scheme === 'http' ? [scheme, 'https'] : [scheme];
  // A quote is written as it is by some, and escaped by others.
  return [...new Set([url, ...schemes.flatMap((one) => ['', port ?? '', one === 'https' ? ':443' : ':80'].flatMap((at) =>
    [rest, rest.replaceAll("'", '%27')].map((end) => `${one}://${host}${at}${end}`)))])];
}
