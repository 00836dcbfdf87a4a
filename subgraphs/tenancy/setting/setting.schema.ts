// What settings may be: one schema for everything that is ever stored, with the sentences a person reads when it is not.
import { z } from 'zod';
import { isNetwork } from '../../kernel/base/ip-networks.js';
import { isFlag } from './setting.flags.js';

export const MOST_NETWORKS = 200;
export const MOST_ORIGINS = 50;
export const LEAST_PER_MINUTE = 30;
export const MOST_PER_MINUTE = 60_000;

/** One line, without control characters and half characters, not blank. */
const LINE = /^(?=.*\S)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;
const line = (what: string, most: number) => z.string().regex(LINE, `${what} is one line of text, not blank.`).max(most, `${what} has at most ${most} characters.`);

const URL_LENGTH = 'A URL has at most 2000 characters, counted as they are encoded.';

function isSecureUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

/** Stored as it is called: ASCII, without line ends, and bounded in bytes, so that whoever keeps or prints it meets nothing longer than what was checked. */
const secureUrl = (sentence: string) => z.string().max(2_000, URL_LENGTH).refine(isSecureUrl, sentence)
  .transform((text) => URL.parse(text)?.href ?? text).pipe(z.string().max(2_000, URL_LENGTH));

/** As browsers write it: `https://app.example.com`, with the port where it is not 443, without a path. */
const isOrigin = (text: string): boolean => isSecureUrl(text) && URL.parse(text)?.origin === text;

const networks = z.array(z.string().max(50).refine(isNetwork, 'This is no address or network, like 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32.'))
  .max(MOST_NETWORKS, `There are at most ${MOST_NETWORKS} networks.`);
const colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'A colour is written like #1a2b3c.').nullable();
const PER_MINUTE = `A limit is ${LEAST_PER_MINUTE} to ${MOST_PER_MINUTE} operations a minute.`;
const perMinute = z.int(PER_MINUTE).min(LEAST_PER_MINUTE, PER_MINUTE).max(MOST_PER_MINUTE, PER_MINUTE).nullable();

/** What is kept by its age: the setting that says how long, in days, and its bounds. What a provider may still deliver again, and what a session could be stolen by, is kept so long at least. */
export const RETENTION_CLASSES = {
  MESSAGES: { setting: 'messageDays', least: 30, most: 3_650 },
  CONTACTS: { setting: 'contactDays', least: 30, most: 3_650 },
  WEBHOOK_DELIVERIES: { setting: 'webhookDeliveryDays', least: 14, most: 3_650 },
  CARTS: { setting: 'cartDays', least: 7, most: 365 },
  NOTIFICATIONS: { setting: 'notificationDays', least: 7, most: 180 },
  SESSIONS: { setting: 'sessionDays', least: 90, most: 180 },
  BOOKINGS: { setting: 'bookingDays', least: 30, most: 3_650 },
} as const;

const days = (name: keyof typeof RETENTION_CLASSES) => {
  const { least, most } = RETENTION_CLASSES[name];
  const sentence = `These are kept for ${least} to ${most} days.`;
  return z.int(sentence).min(least, sentence).max(most, sentence);
};

export const settingsSchema = z.object({
  branding: z.object({
    displayName: line('A name', 100).nullable(),
    logoUrl: secureUrl('A logo is at an https URL, without a password in it.').nullable(),
    primaryColor: colour,
    accentColor: colour,
    whiteLabel: z.boolean(),
    supportUrl: secureUrl('Support is at an https URL, without a password in it.').nullable(),
    poweredBy: z.boolean(),
  }),
  ipAllow: networks,
  ipDeny: networks,
  corsOrigins: z.array(z.string().max(300).refine(isOrigin, 'An origin is written like https://app.example.com, without a path.'))
    .max(MOST_ORIGINS, `There are at most ${MOST_ORIGINS} origins.`),
  rateLimits: z.object({ perPersonPerMinute: perMinute, perApiKeyPerMinute: perMinute }),
  flags: z.record(z.string().refine(isFlag), z.boolean()),
  retention: z.object({
    cartDays: days('CARTS'),
    messageDays: days('MESSAGES'), contactDays: days('CONTACTS'), webhookDeliveryDays: days('WEBHOOK_DELIVERIES'), notificationDays: days('NOTIFICATIONS'), sessionDays: days('SESSIONS'),
    bookingDays: days('BOOKINGS'),
  }),
  maintenance: z.object({ on: z.boolean(), message: line('A message', 500), until: z.iso.datetime().nullable() }),
});

export type Settings = z.output<typeof settingsSchema>;
/** What was set, by its first name. */
export type StoredSettings = Partial<Settings>;

export const DEFAULT_SETTINGS: Settings = {
  branding: { displayName: null, logoUrl: null, primaryColor: null, accentColor: null, whiteLabel: false, supportUrl: null, poweredBy: true },
  ipAllow: [], ipDeny: [], corsOrigins: [],
  rateLimits: { perPersonPerMinute: null, perApiKeyPerMinute: null },
  flags: {},
  retention: { cartDays: 90, messageDays: 1_825, contactDays: 1_825, webhookDeliveryDays: 1_825, notificationDays: 180, sessionDays: 180, bookingDays: 1_825 },
  maintenance: { on: false, message: 'This workspace is under maintenance.', until: null },
};

/** What was stored by any release, as this one reads it. */
export const settingsFrom = (stored: StoredSettings): Settings => ({
  ...DEFAULT_SETTINGS, ...stored,
  branding: { ...DEFAULT_SETTINGS.branding, ...stored.branding },
  rateLimits: { ...DEFAULT_SETTINGS.rateLimits, ...stored.rateLimits },
  retention: { ...DEFAULT_SETTINGS.retention, ...stored.retention },
  maintenance: { ...DEFAULT_SETTINGS.maintenance, ...stored.maintenance },
});

/** Whether it holds at an instant: it ends by itself. */
export const inMaintenance = ({ on, until }: Settings['maintenance'], now: Date): boolean => on && (until === null || new Date(until) > now);
