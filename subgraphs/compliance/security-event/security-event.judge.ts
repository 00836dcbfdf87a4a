// Judges the signs of one subject under one rule: when they open an event, when they raise one, when they only wait. Pure, so that it can be read and tested alone.
import type { SecurityRule } from './security-event.rules.js';

/** Audit events an incident names: the first and the latest. */
export const CAUSES_KEPT = 10;

export interface CountedSign {
  auditEventId: string;
  at: number;
}

export interface OpenIncident {
  id: string;
  lastAt: number;
}

export interface Judgement {
  /** The incident the signs belong to: the open one, or a new one. */
  incident: { id: string; isNew: boolean };
  signs: CountedSign[];
}

/**
 * @param waiting signs that belong to no incident yet
 * @param open the incident of this rule and subject that nobody has acknowledged
 * @returns which signs belong to it from now on; null when there are too few to say anything
 */
export function judge(
  { threshold, windowMs }: Pick<SecurityRule, 'threshold' | 'windowMs'>, waiting: readonly CountedSign[], open: OpenIncident | null, newId: () => string,
): Judgement | null {
  let incident = open ? { id: open.id, isNew: false } : null;
  let warmUntil = open ? open.lastAt + windowMs : null;
  const taken: CountedSign[] = [];
  let recent: CountedSign[] = [];
  for (const sign of [...waiting].sort((a, b) => a.at - b.at || (a.auditEventId < b.auditEventId ? -1 : 1))) {
    recent = [...recent.filter(({ at }) => at >= sign.at - windowMs), sign];
    const warm = warmUntil !== null && sign.at <= warmUntil;
    if (!warm && recent.length < threshold) continue;
    incident ??= { id: newId(), isNew: true };
    // A warm incident takes the sign alone: those before it were judged when they came.
    taken.push(...(warm ? [sign] : recent));
    recent = warm ? recent.filter((one) => one !== sign) : [];
    warmUntil = Math.max(warmUntil ?? 0, sign.at + windowMs);
  }
  return incident && taken.length > 0 ? { incident, signs: taken } : null;
}

const QUIET_MS = 24 * 60 * 60_000;

/** Whether an open incident that had been quiet for a day goes on with these signs, which are in the order of time: nobody may be looking any more. */
export function wakes({ lastAt }: OpenIncident, signs: readonly CountedSign[]): boolean {
  let latest = lastAt;
  return signs.some(({ at }) => {
    const quiet = at - latest >= QUIET_MS;
    latest = Math.max(latest, at);
    return quiet;
  });
}

/** The first of the causes and the latest, as many as are kept. */
export const keptCauses = (ids: readonly string[]): string[] =>
  (ids.length <= CAUSES_KEPT ? [...ids] : [...ids.slice(0, 1), ...ids.slice(1 - CAUSES_KEPT)]);
