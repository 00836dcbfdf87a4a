// Where the providers of channels are, and what may be called of what tenants name.
import { z } from 'zod';
import { baseUrl, oneOf } from './config.values.js';

export const providerVariables = {
  META_GRAPH_URL: baseUrl('https://graph.facebook.com').optional(),
  SWITCHBOARD_TWILIO_URL: baseUrl('https://api.twilio.com').optional(),
  SWITCHBOARD_WEBHOOK_URL: baseUrl('https://api.example.com').optional(),
  SWITCHBOARD_CALLBACKS_TO_LOOPBACK: oneOf(['true', 'false']).default('false'),
};

/** Those of them that may use plain http on a loopback address only. */
export const PROVIDER_URLS = ['META_GRAPH_URL', 'SWITCHBOARD_TWILIO_URL', 'SWITCHBOARD_WEBHOOK_URL'] as const;

export interface ProviderConfig {
  /** Base of Meta's Graph API before `/{version}`; absent: the stand-in (embedded) or Meta's own. */
  metaGraphUrl: string | undefined;
  /** Base of Twilio's API before `/{version}`; absent: the stand-in (embedded) or Twilio's own. */
  twilioUrl: string | undefined;
  /** Base of the gateway as providers reach it, without a slash at the end; absent: `publicUrl`. */
  webhookUrl: string | undefined;
  /** Callbacks of the API channel may go to this machine, for tests and development. */
  callbacksToLoopback: boolean;
}

const variables = z.object(providerVariables);

export const providersOf = (value: z.output<typeof variables>): ProviderConfig => ({
  metaGraphUrl: value.META_GRAPH_URL?.replace(/\/+$/, ''),
  twilioUrl: value.SWITCHBOARD_TWILIO_URL?.replace(/\/+$/, ''),
  webhookUrl: value.SWITCHBOARD_WEBHOOK_URL?.replace(/\/+$/, ''),
  callbacksToLoopback: value.SWITCHBOARD_CALLBACKS_TO_LOOPBACK === 'true',
});
