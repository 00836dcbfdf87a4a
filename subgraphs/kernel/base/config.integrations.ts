// How providers reach this product, and the app it is at theirs.
import { z } from 'zod';

export interface IntegrationConfig {
  /** Where providers reach the gateway, without a slash at the end: the base of webhook addresses. */
  apiUrl: string;
  /** The app of this installation at Meta, for connecting by its dialogue; absent: tenants bring their own tokens. */
  metaApp: { id: string; secret: string } | undefined;
  /** What Meta repeats when it checks the address that the app delivers to; absent: no such address. */
  metaVerifyToken: string | undefined;
}

const base = (text: string): boolean => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

export const integrationEnvironment = {
  API_URL: z.string().refine(base, { error: 'must be a URL like https://api.example.com' })
    .refine((text) => !URL.canParse(text) || /^[^?#@]*$/.test(text), { error: 'must have no user name, query or fragment' }).optional(),
  SWITCHBOARD_META_APP_ID: z.string().regex(/^\d{1,32}$/, { error: 'must be the digits of an app id' }).optional(),
  SWITCHBOARD_META_VERIFY_TOKEN: z.string().regex(/^[\x21-\x7e]{16,200}$/, { error: 'must be 16 to 200 printable characters without spaces' }).optional(),
  SWITCHBOARD_META_APP_SECRET: z.string().regex(/^[\x21-\x7e]{8,256}$/, { error: 'must be 8 to 256 printable characters without spaces' }).optional(),
};

interface Given {
  API_URL?: string | undefined;
  PUBLIC_URL?: string | undefined;
  SWITCHBOARD_META_APP_ID?: string | undefined;
  SWITCHBOARD_META_APP_SECRET?: string | undefined;
  SWITCHBOARD_META_VERIFY_TOKEN?: string | undefined;
}

/** Frontend and gateway are at one address unless something else is said. */
export const integrationsOf = ({ API_URL, PUBLIC_URL, SWITCHBOARD_META_APP_ID: id, SWITCHBOARD_META_APP_SECRET: secret, SWITCHBOARD_META_VERIFY_TOKEN }: Given, port: number): IntegrationConfig => ({
  apiUrl: (API_URL ?? PUBLIC_URL)?.replace(/\/+$/, '') ?? `http://127.0.0.1:${port || 4000}`,
  metaApp: id !== undefined && secret !== undefined ? { id, secret } : undefined,
  metaVerifyToken: SWITCHBOARD_META_VERIFY_TOKEN,
});
