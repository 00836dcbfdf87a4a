// Maintenance that the platform announces: told to callers beforehand, and in force by this gateway's own clock.
import type { AnnouncedWindow } from '../../subgraphs/kernel/base/settings-port.js';
import { languageOf } from '../../subgraphs/kernel/base/language.js';

/** Answers over HTTP tell of a window from so long before its start. */
const NOTICE_MS = 24 * 60 * 60_000;

export const NOTICE_HEADER = 'maintenance';

const at = (text: string): number => new Date(text).getTime();
const seconds = (text: string): number => Math.floor(at(text) / 1000);

/** What a socket is told, in `connection_ack` and `ping`: all that is announced. Whoever is connected for days looks at their own clock. */
export interface SocketNotice {
  maintenance: Pick<AnnouncedWindow, 'id' | 'startsAt' | 'endsAt' | 'refusesWrites' | 'texts'>[];
}
export const socketNotice = (windows: readonly AnnouncedWindow[], now: Date): SocketNotice =>
  ({ maintenance: windows.filter(({ endsAt }) => at(endsAt) > now.getTime()) });

/** The value of the header, a list of RFC 9651 with dates as parameters; null: nothing is near. */
export function noticeOf(windows: readonly AnnouncedWindow[], now: Date): string | null {
  const near = windows.filter(({ startsAt, endsAt }) => at(startsAt) - NOTICE_MS <= now.getTime() && at(endsAt) > now.getTime());
  const items = near.map(({ id, startsAt, endsAt, refusesWrites }) => `"${id}";starts=@${seconds(startsAt)};ends=@${seconds(endsAt)};writes=${refusesWrites ? '?0' : '?1'}`);
  return items.length > 0 ? items.join(', ') : null;
}

/** Of those that run now and refuse writes, the one that ends last; null: writes are taken. */
export function refusingWrites(windows: readonly AnnouncedWindow[], now: Date): AnnouncedWindow | null {
  const running = windows.filter(({ startsAt, endsAt, refusesWrites }) => refusesWrites && at(startsAt) <= now.getTime() && at(endsAt) > now.getTime());
  return running.toSorted((a, b) => at(b.endsAt) - at(a.endsAt))[0] ?? null;
}

/** In the language of the caller, where it was written. @param accepted a header `Accept-Language`, of which the first language counts */
export const textFor = ({ texts }: AnnouncedWindow, accepted: string | null): string =>
  texts[languageOf(accepted?.split(/[,;]/)[0]?.trim())] ?? texts['en'] ?? 'Switchboard is under maintenance.';
