// The part of the Graph API stand-in that knows accounts: sign-in by dialogue, tokens, pages, numbers, their verification and subscriptions.
import { randomUUID } from 'node:crypto';

type Json = Record<string, unknown>;

export interface AccountCall {
  method: string;
  pathname: string;
  query: URLSearchParams;
  /** The JSON of the body; null when it is none. */
  body: unknown;
  authorization: string;
}

export interface AccountAnswer {
  status: number;
  body?: unknown;
  /** Where the browser is sent. */
  location?: string;
}

export interface StandInPage { id: string; name: string; access_token: string; instagram_business_account?: { id: string; username: string } }
export interface StandInBusiness { id: string; numbers: { id: string; display_phone_number: string; verified_name: string }[] }

/** What `PUT /_accounts` replaces, as far as it is given. */
export interface AccountScript {
  pages?: StandInPage[];
  businesses?: StandInBusiness[];
  /** Tokens that are answered with error 190. */
  refused?: string[];
  /** What the dialogue answers in the place of a code, e.g. `access_denied`. */
  denies?: string | null;
}

/** Right for every number. */
export const VERIFICATION_CODE = '481203';
const LONG_LIVED_SECONDS = 5_183_944;
const CODE_METHODS = ['SMS', 'VOICE'];

export class MetaAccounts {
  #pages: StandInPage[] = [{ id: '110000000000001', name: 'Trattoria Aurora', access_token: 'EAApage-110000000000001', instagram_business_account: { id: '17841400000000001', username: 'trattoria.aurora' } }];
  #businesses: StandInBusiness[] = [{ id: '419561257915477', numbers: [{ id: '106540352242999', display_phone_number: '+1 555-078-3881', verified_name: 'Trattoria Aurora' }] }];
  #refused = new Set<string>();
  #denies: string | null = null;
  /** Codes that were given and not yet redeemed, with where they are bound to. */
  readonly #codes = new Map<string, string>();
  readonly #asked: Json[] = [];
  readonly #requested = new Set<string>();

  /** Whether a token is one that holds no more. */
  refuses(authorization: string): boolean {
    return this.#refused.has(authorization.replace(/^Bearer /, ''));
  }

  /** Null: it is none of its paths. */
  answer(call: AccountCall): AccountAnswer | null {
    const { method, pathname } = call;
    if (pathname === '/_accounts') return this.#control(method, call.body);
    const path = /^\/v\d+\.\d+\/(.+)$/.exec(pathname)?.[1];
    if (path === undefined) return null;
    const body = typeof call.body === 'object' && call.body !== null ? call.body as Json : {};
    const given = (name: string): string => call.query.get(name) ?? (typeof body[name] === 'string' ? body[name] : '');
    if (method === 'GET' && path === 'dialog/oauth') return this.#dialogue(given);
    if (method === 'GET' && path === 'oauth/access_token') return this.#token(given);
    const token = call.authorization.replace(/^Bearer /, '') || given('access_token');
    const answer = this.#signedIn(method, path.split('/'), token, given);
    if (answer && method !== 'GET' && answer.status === 200) this.#asked.push({ method, path: pathname, token, ...Object.fromEntries(call.query), ...body });
    return answer;
  }

  #control(method: string, body: unknown): AccountAnswer | null {
    if (method === 'GET') return { status: 200, body: this.#asked };
    if (method !== 'PUT' || typeof body !== 'object' || body === null) return null;
    const { pages, businesses, refused, denies } = body as AccountScript;
    this.#pages = pages ?? this.#pages;
    this.#businesses = businesses ?? this.#businesses;
    if (refused) this.#refused = new Set(refused);
    if (denies !== undefined) this.#denies = denies;
    return { status: 204 };
  }

  /** A person who agrees at once. */
  #dialogue(given: (name: string) => string): AccountAnswer {
    if (!/^\d+$/.test(given('client_id')) || !URL.canParse(given('redirect_uri'))) return fault(400, 101, 'Error validating application.');
    const back = new URL(given('redirect_uri'));
    back.searchParams.set('state', given('state'));
    if (this.#denies !== null) {
      back.searchParams.set('error', this.#denies);
    } else {
      const code = `code-${randomUUID()}`;
      this.#codes.set(code, given('redirect_uri'));
      back.searchParams.set('code', code);
    }
    return { status: 302, location: back.href };
  }

  #token(given: (name: string) => string): AccountAnswer {
    if (!/^\d+$/.test(given('client_id')) || given('client_secret') === '') return fault(400, 101, 'Error validating client secret.');
    if (given('grant_type') === 'fb_exchange_token') {
      const old = given('fb_exchange_token');
      if (old === '' || this.#refused.has(old)) return fault(400, 190, 'Error validating access token: The session has been invalidated.');
      return issued(`${old.replace(/\+\d+$/, '')}+${Date.now()}`);
    }
    const bound = this.#codes.get(given('code'));
    if (bound === undefined) return fault(400, 100, 'This authorization code has been used.', 36009);
    if (bound !== given('redirect_uri')) return fault(400, 100, 'Error validating verification code. Please make sure your redirect_uri is identical.', 36008);
    this.#codes.delete(given('code'));
    return issued(`EAAuser-${randomUUID()}`);
  }

  #signedIn(method: string, [id = '', what, ...rest]: string[], token: string, given: (name: string) => string): AccountAnswer | null {
    if (rest.length > 0 || !/^(me|debug_token|\d+)$/.test(id)) return null;
    if (token === '' || this.#refused.has(token)) return fault(401, 190, 'Error validating access token: The session has been invalidated because the user changed their password.');
    const page = this.#pages.find((one) => one.access_token === token);
    if (method === 'GET' && id === 'me' && what === undefined) return { status: 200, body: { id: page?.id ?? /-(\d+)$/.exec(token)?.[1] ?? '10160000000000001', name: page?.name ?? 'A person' } };
    if (method === 'GET' && id === 'me' && what === 'accounts') return { status: 200, body: { data: this.#pages, paging: { cursors: { before: 'QVFI', after: 'QVFI' } } } };
    if (method === 'GET' && id === 'debug_token') return { status: 200, body: { data: { is_valid: true, granular_scopes: [{ scope: 'whatsapp_business_management', target_ids: this.#businesses.map((one) => one.id) }] } } };
    if (method === 'GET' && what === 'phone_numbers') return { status: 200, body: { data: this.#businesses.find((one) => one.id === id)?.numbers ?? [] } };
    if (method === 'POST' && what === 'subscribed_apps') return { status: 200, body: { success: true } };
    if (method === 'POST' && what === 'request_code') return this.#requestCode(id, given);
    if (method === 'POST' && what === 'verify_code') return this.#verifyCode(id, given('code'));
    if (method !== 'GET' || what !== undefined) return null;
    if (page && ![page.id, page.instagram_business_account?.id].includes(id)) return fault(400, 100, `Unsupported get request. Object with ID '${id}' does not exist.`, 33);
    return { status: 200, body: { id, display_phone_number: '+1 555-078-3881', verified_name: 'Trattoria Aurora' } };
  }

  #requestCode(id: string, given: (name: string) => string): AccountAnswer {
    if (!CODE_METHODS.includes(given('code_method')) || !/^[a-z]{2}(_[A-Z]{2})?$/.test(given('language'))) return fault(400, 100, '(#100) Invalid parameter');
    this.#requested.add(id);
    return { status: 200, body: { success: true } };
  }

  #verifyCode(id: string, code: string): AccountAnswer {
    if (!this.#requested.has(id)) return fault(400, 136025, 'Verify code error: no code was requested.');
    return code === VERIFICATION_CODE ? { status: 200, body: { success: true } } : fault(400, 136025, 'Verify code error: the code is wrong.');
  }
}

const issued = (token: string): AccountAnswer => ({ status: 200, body: { access_token: token, token_type: 'bearer', expires_in: LONG_LIVED_SECONDS } });

function fault(status: number, code: number, message: string, subcode?: number): AccountAnswer {
  return { status, body: { error: { message, type: 'OAuthException', code, ...(subcode === undefined ? {} : { error_subcode: subcode }), fbtrace_id: randomUUID().replaceAll('-', '').slice(0, 23) } } };
}
