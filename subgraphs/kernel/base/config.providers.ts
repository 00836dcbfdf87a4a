// Where the providers of channels are, how they reach this product, the app it is at theirs, and what may be called of what tenants name.
import { z } from 'zod';
import { baseUrl, oneOf } from './config.values.js';

export const providerVariables = {
  META_GRAPH_URL: baseUrl('https://graph.facebook.com').optional(),
  SWITCHBOARD_TWILIO_URL: baseUrl('https://api.twilio.com').optional(),
  SWITCHBOARD_STRIPE_URL: baseUrl('https://api.stripe.com').optional(),
  API_URL: baseUrl('https://api.example.com').optional(),
  SWITCHBOARD_META_APP_ID: z.string().regex(/^\d{1,32}$/, { error: 'must be the digits of an app id' }).optional(),
  SWITCHBOARD_META_VERIFY_TOKEN: z.string().regex(/^[\x21-\x7e]{16,200}$/, { error: 'must be 16 to 200 printable characters without spaces' }).optional(),
  SWITCHBOARD_META_APP_SECRET: z.string().regex(/^[\x21-\x7e]{8,256}$/, { error: 'must be 8 to 256 printable characters without spaces' }).optional(),
  SWITCHBOARD_CALLBACKS_TO_LOOPBACK: oneOf(['true', 'false']).default('false'),
};

/** Those of them that may use plain http on a loopback address only. */
export const PROVIDER_URLS = ['META_GRAPH_URL', 'SWITCHBOARD_TWILIO_URL', 'SWITCHBOARD_STRIPE_URL', 'API_URL'] as const;

export interface ProviderConfig {
  /** Base of Meta's Graph API before `/{version}`; absent: the stand-in (embedded) or Meta's own. */
  metaGraphUrl: string | undefined;
  /** Base of Twilio's API before `/{version}`; absent: the stand-in (embedded) or Twilio's own. */
  twilioUrl: string | undefined;
  /** Where Stripe's API is; absent: the stand-in (embedded) or Stripe's own. */
  stripeUrl: string | undefined;
  /** Where providers reach the gateway, without a slash at the end: the base of webhook addresses. */
  apiUrl: string;
  /** The app of this installation at Meta, for connecting by its dialogue; absent: tenants bring their own tokens. */
  metaApp: { id: string; secret: string } | undefined;
  /** What Meta repeats when it checks the address that the app delivers to; absent: no such address. */
  metaVerifyToken: string | undefined;
  /** Callbacks of the API channel may go to this machine, for tests and development. */
  callbacksToLoopback: boolean;
}

const variables = z.object({ ...providerVariables, PUBLIC_URL: z.string().optional() });

const base = (url: string | undefined): string | undefined => url?.replace(/\/+$/, '');

/** Frontend and gateway are at one address unless something else is said. */
export function providersOf(value: z.output<typeof variables>, port: number): ProviderConfig {
  const { SWITCHBOARD_META_APP_ID: id, SWITCHBOARD_META_APP_SECRET: secret } = value;
  return {
    metaGraphUrl: base(value.META_GRAPH_URL),
    twilioUrl: base(value.SWITCHBOARD_TWILIO_URL),
    stripeUrl: base(value.SWITCHBOARD_STRIPE_URL),
    apiUrl: base(value.API_URL ?? value.PUBLIC_URL) ?? `http://127.0.0.1:${port || 4000}`,
    metaApp: id !== undefined && secret !== undefined ? { id, secret } : undefined,
    metaVerifyToken: value.SWITCHBOARD_META_VERIFY_TOKEN,
    callbacksToLoopback: value.SWITCHBOARD_CALLBACKS_TO_LOOPBACK === 'true',
  };
}
