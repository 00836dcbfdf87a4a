// The streams of the log: one a tenant, and one of the platform, whose rows carry the id of no tenant.
import { encodeId } from '../../kernel/base/ids.js';

/** In the log's own tables, the platform's stream. No tenant has this id. */
export const PLATFORM_STREAM = '00000000-0000-0000-0000-000000000000';

/** @param tenantId null: the platform */
export const streamOf = (tenantId: string | null): string => tenantId ?? PLATFORM_STREAM;

/** The tenant of a stream; null: the platform. */
export const tenantOf = (stream: string): string | null => (stream === PLATFORM_STREAM ? null : stream);

/** How checkpoints name a stream, and the name its signatures are made under. */
export const originOf = (stream: string): string => {
  const tenant = tenantOf(stream);
  return `switchboard/audit/${tenant === null ? 'platform' : encodeId('tnt', tenant)}`;
};
