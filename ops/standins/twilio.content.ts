// The content templates of the stand-in's accounts: listed in pages with their approvals, and held to what a message gives them.
import { isRecord, type Json } from './standin.server.js';

/** As `GET /v1/ContentAndApprovals` shows one. */
export interface StandInContent {
  sid: string;
  friendly_name: string;
  language: string;
  variables: Record<string, string>;
  types: Record<string, Json>;
  approval_requests: Json | null;
  date_updated: string;
}

const DEFAULT_PAGE = 50;
const MOST_PAGE = 1_000;

/** A page of the list, as Twilio cuts it. @param url as it was called */
export function contentPage(contents: readonly StandInContent[], query: URLSearchParams, url: string): Json {
  const size = Math.min(Number(query.get('PageSize') ?? DEFAULT_PAGE), MOST_PAGE);
  const page = Number(query.get('Page') ?? 0);
  const start = Number(Buffer.from(query.get('PageToken') ?? '', 'base64url').toString() || 0);
  const next = new URL(url);
  next.searchParams.set('Page', String(page + 1));
  next.searchParams.set('PageToken', Buffer.from(String(start + size)).toString('base64url'));
  return {
    contents: contents.slice(start, start + size),
    meta: { key: 'contents', page, page_size: size, url, first_page_url: url, previous_page_url: null, next_page_url: start + size < contents.length ? next.href : null },
  };
}

/** Codes of "Error and Warning Dictionary": 21654 no template, 21655 not one of the account, 21656 what fills it. */
export function contentFlaw(contents: readonly StandInContent[], fields: URLSearchParams): { code: number; message: string } | null {
  const [sid, variables] = [fields.get('ContentSid'), fields.get('ContentVariables')];
  if (sid === null) return variables === null ? null : { code: 21654, message: 'ContentSid Required' };
  const content = contents.find((one) => one.sid === sid);
  if (!content) return { code: 21655, message: 'The ContentSid is Invalid' };
  const wrong = { code: 21656, message: 'The ContentVariables Parameter is invalid' };
  let given: unknown;
  try {
    given = JSON.parse(variables ?? '{}');
  } catch {
    return wrong;
  }
  if (!isRecord(given)) return wrong;
  // What is not given is filled with the template's own sample.
  return Object.entries(given).every(([name, value]) => name in content.variables && typeof value === 'string' && value !== '' && !/[\n\t]| {5}/.test(value)) ? null : wrong;
}
