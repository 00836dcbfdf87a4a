// From what is asked to what is stored: partial input laid over what there is, judged as a whole, with the path of the first fault.
import { invalidInput } from '../../kernel/base/errors.js';
import { isFlag } from './setting.flags.js';
import type { TenantSettingsUpdateInput } from './setting.inputs.js';
import { DEFAULT_SETTINGS, settingsFrom, settingsSchema, type Settings, type StoredSettings } from './setting.schema.js';

/** What of `given` was said: absent is `undefined`. */
const said = <T extends object>(given: T | null | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;

const listed = (given: string[] | null | undefined, before: string[]): string[] => (given ? [...new Set(given)] : before);

function branding(before: Settings['branding'], given: TenantSettingsUpdateInput['branding']): Settings['branding'] {
  const after = { ...before, ...said(given) };
  return { ...after, whiteLabel: given?.whiteLabel ?? before.whiteLabel, poweredBy: given?.poweredBy ?? before.poweredBy };
}

/** @throws Refusal InputInvalid for a name that is no flag */
function flags(before: Settings['flags'], given: TenantSettingsUpdateInput['flags']): Settings['flags'] {
  const after: Record<string, boolean> = { ...before };
  for (const [index, { name, enabled }] of (given ?? []).entries()) {
    if (!isFlag(name)) throw invalidInput('There is no feature of this name.', ['input', 'flags', String(index), 'name']);
    if (enabled === null || enabled === undefined) delete after[name];
    else after[name] = enabled;
  }
  return after;
}

const isOver = ({ until }: Settings['maintenance'], now: Date): boolean => until !== null && new Date(until) <= now;

function maintenance(before: Settings['maintenance'], given: TenantSettingsUpdateInput['maintenance'], now: Date): Settings['maintenance'] {
  if (!given) return before;
  const { on, message, until } = given;
  if (on && until && until <= now) throw invalidInput('Maintenance ends in the future.', ['input', 'maintenance', 'until']);
  return {
    on,
    message: message === null ? DEFAULT_SETTINGS.maintenance.message : message ?? before.message,
    // What was announced for the last time says nothing about this one.
    until: until === undefined ? (on === before.on && !isOver(before, now) ? before.until : null) : until?.toISOString() ?? null,
  };
}

/** Null: as by default. */
const retention = (before: Settings['retention'], given: TenantSettingsUpdateInput['retention']): Settings['retention'] => ({
  ...before, ...Object.fromEntries(Object.entries(said(given)).map(([name, days]) => [name, days ?? DEFAULT_SETTINGS.retention[name as keyof Settings['retention']]])),
});

/** Whether it chooses how long things are kept, and does not only go back towards the default: whoever has left a tier that lets them choose is not held to what they chose. */
export const choosesRetention = (before: Settings['retention'], given: TenantSettingsUpdateInput['retention']): boolean =>
  Object.entries(said(given)).some(([name, days]) => {
    const [held, byDefault] = [before, DEFAULT_SETTINGS.retention].map((kept) => kept[name as keyof Settings['retention']]) as [number, number];
    return days !== null && (days < held || days > Math.max(held, byDefault));
  });

/** The settings after the change, and what is stored of them: what was ever set. @throws Refusal InputInvalid */
export function changedSettings(stored: StoredSettings, input: TenantSettingsUpdateInput, now: Date): { after: Settings; stored: StoredSettings } {
  const before = settingsFrom(stored);
  const wanted: Settings = {
    branding: branding(before.branding, input.branding),
    ipAllow: listed(input.ipAllow, before.ipAllow),
    ipDeny: listed(input.ipDeny, before.ipDeny),
    corsOrigins: listed(input.corsOrigins, before.corsOrigins),
    rateLimits: { ...before.rateLimits, ...said(input.rateLimits) },
    flags: flags(before.flags, input.flags),
    retention: retention(before.retention, input.retention),
    maintenance: maintenance(before.maintenance, input.maintenance, now),
  };
  const named = Object.keys(wanted).filter((name) => input[name as keyof Settings] !== undefined && input[name as keyof Settings] !== null) as (keyof Settings)[];
  // What is not touched was judged when it was set, by the bounds of that time.
  const judged = settingsSchema.pick(Object.fromEntries(named.map((name) => [name, true])) as Record<keyof Settings, true>).safeParse(wanted);
  const [fault] = judged.error?.issues ?? [];
  if (fault) throw invalidInput(fault.message, ['input', ...fault.path.map(String)]);
  const taken = judged.data as Partial<Settings>;
  return { after: { ...wanted, ...taken }, stored: { ...stored, ...taken } };
}

/** What the trail tells of settings, flat. */
export const toldOf = ({ branding: shown, ipAllow, ipDeny, corsOrigins, rateLimits, flags: chosen, retention: aged, maintenance: kept }: Settings): Record<string, unknown> => ({
  ...shown, ipAllow, ipDeny, corsOrigins, ...rateLimits, ...aged, flags: Object.entries(chosen).map(([name, on]) => `${name}=${on ? 'on' : 'off'}`).sort(),
  maintenance: kept.on, maintenanceMessage: kept.message, maintenanceUntil: kept.until,
});

/** Of two tellings, what differs. */
export function difference(before: Record<string, unknown>, after: Record<string, unknown>): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const of = (facts: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(names.map((name) => [name, facts[name]]));
  return { before: of(before), after: of(after) };
}
