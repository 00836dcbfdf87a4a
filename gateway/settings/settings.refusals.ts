// How the gateway says what a tenant's settings do not allow, or that it cannot know them.
import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { AnnouncedWindow } from '../../subgraphs/kernel/base/settings-port.js';
import { Unavailable } from '../access/access.refusals.js';

const http = (status: number, retryAfter?: number) =>
  ({ status, headers: new HeaderMap(retryAfter === undefined ? [] : [['retry-after', String(retryAfter)]]) });

const MAY_NOT_BE_HERE = {
  address: 'Your workspace may not be used from this address.',
  origin: 'Your workspace may not be used from this web page.',
  feature: 'Your workspace has this switched off.',
};

/** @param reason a stable word for programs */
export const notHere = (reason: keyof typeof MAY_NOT_BE_HERE): GraphQLError =>
  new GraphQLError(MAY_NOT_BE_HERE[reason], { extensions: { code: 'FORBIDDEN', reason, http: http(403) } });

/** A longer wait than this is looked at again meanwhile: maintenance may end early. */
const MOST_RETRY_SECONDS = 60;

export function underMaintenance({ message, until }: { message: string; until: string | null }, now: Date): GraphQLError {
  const seconds = until === null ? MOST_RETRY_SECONDS : Math.ceil((new Date(until).getTime() - now.getTime()) / 1000);
  return new GraphQLError(message, { extensions: { code: 'MAINTENANCE', ...(until === null ? {} : { until }), http: http(503, Math.min(seconds, MOST_RETRY_SECONDS)) } });
}

/** The platform's own maintenance, of which the end is known. */
export function writesRefused({ endsAt }: AnnouncedWindow, message: string, now: Date): GraphQLError {
  const seconds = Math.ceil((new Date(endsAt).getTime() - now.getTime()) / 1000);
  return new GraphQLError(message, { extensions: { code: 'MAINTENANCE', until: endsAt, http: http(503, seconds) } });
}

export function tooMany(waitMs: number): GraphQLError {
  const retryAfter = Math.ceil(waitMs / 1000);
  return new GraphQLError('Too many calls: wait a moment.', { extensions: { code: 'RATE_LIMITED', retryAfter, http: http(429, retryAfter) } });
}

/** What a tenant has set cannot be known, and was not known a moment ago. */
export class SettingsUnavailable extends Unavailable {
  constructor(cause: unknown) {
    super('What the tenant has set', cause);
  }
}

/** The caller may not be here at all, as opposed to not now. */
export const isNotHere = (error: unknown): error is GraphQLError => error instanceof GraphQLError && error.extensions['code'] === 'FORBIDDEN';
