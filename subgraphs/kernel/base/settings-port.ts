// What gateways hold the callers of a tenant to, and how they learn of it: the same in process and over HTTP.
import { z } from 'zod';
import { addressJudge } from './ip-networks.js';

/** Maintenance of the platform that is not over. */
export const announcedWindowSchema = z.object({
  /** As at the API, `mwin_…`. */
  id: z.string(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  /** Whether mutations are refused while it runs. */
  refusesWrites: z.boolean(),
  /** What people read, by language; English is always there. */
  texts: z.record(z.string(), z.string()),
});
export type AnnouncedWindow = z.infer<typeof announcedWindowSchema>;

export const settingsInForceSchema = z.object({
  /** Networks (CIDR) its callers come from; empty: from anywhere. */
  ipAllow: z.array(z.string()),
  /** Networks (CIDR) nobody comes from, whatever `ipAllow` says. */
  ipDeny: z.array(z.string()),
  /** Origins of web pages that may call, besides the platform's own. */
  origins: z.array(z.string()),
  /** Operations a minute of one person and of one API key; null: as many as they like. */
  perMinute: z.object({ person: z.number().nullable(), apiKey: z.number().nullable() }),
  /** Whether API keys may call at all. */
  apiKeys: z.boolean(),
  /** Whether subscriptions may be opened. */
  live: z.boolean(),
  /** Until `until` (null: until it is switched off) only people with `permission` may call. */
  maintenance: z.object({ message: z.string(), until: z.string().nullable(), permission: z.string() }).nullable(),
  /** Of the platform, for this tenant and for everybody, by their start. A tenancy that knows none yet says nothing. */
  windows: z.array(announcedWindowSchema).default([]),
});
export type SettingsInForce = z.infer<typeof settingsInForceSchema>;

/** A tenant whose settings are others now. */
export interface SettingsChange {
  tenant: string;
}

export interface SettingsChanges {
  /** To be given back for what comes next. */
  cursor: string;
  /** Null: more has changed than can be told. */
  changes: SettingsChange[] | null;
}

export interface SettingsPort {
  settings(tenant: string): Promise<SettingsInForce>;
  /** Whether any tenant lets pages of this origin call: a preflight does not say whose caller will follow. */
  knowsOrigin(origin: string): Promise<boolean>;
  /** Maintenance that is announced to everybody, and so to who has no tenant. */
  announced(): Promise<AnnouncedWindow[]>;
  /** What has changed since `cursor`, none of it missed. Null begins. */
  changes(cursor: string | null): Promise<SettingsChanges>;
}

/** Judges addresses by both lists. */
export function addressGate({ ipAllow, ipDeny }: Pick<SettingsInForce, 'ipAllow' | 'ipDeny'>): (ip: string | null) => boolean {
  const allowed = addressJudge(ipAllow);
  const denied = ipDeny.length === 0 ? () => false : addressJudge(ipDeny);
  return (ip) => allowed(ip) && !denied(ip);
}
