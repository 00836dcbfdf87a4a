// A tenant connects a channel: the provider takes the credentials first, then they are sealed and the address is theirs.
import { createHash, randomBytes } from 'node:crypto';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { MutationAudit } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Providers } from '../channel/providers.js';
import { channelFor } from '../channel/channel.registry.js';
import { db } from '../tables.js';
import { requireAccepted } from './inbox.check.js';
import { newInboxRow } from './inbox.row.js';
import type { InboxCreateInput } from './inbox.inputs.js';
import { chosenPart, newCredentials } from './inbox.parts.js';
import type { InboxService } from './inbox.service.js';

export interface CreatedInbox {
  id: string;
  /** Each null unless it was made here, now. */
  verifyToken: string | null;
  signingSecret: string | null;
}

/** @throws Refusal InputInvalid */
export function checkName(name: string, field: readonly string[] = ['input', 'name']): string {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > 100) throw invalidInput('The name has 1 to 100 characters.', field);
  if (trimmed.includes('\0') || !trimmed.isWellFormed()) throw invalidInput('The name holds characters that cannot be stored.', field);
  return trimmed;
}

export function checkRequestKey(key: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
  return key;
}

/** @throws Refusal InputInvalid, InboxCredentialsRefused, ProviderUnreachable, InboxAddressTaken, IdempotencyMismatch, ChannelUnavailable */
export async function createInbox(context: OperationContext, inboxes: InboxService, providers: Providers, input: InboxCreateInput): Promise<CreatedInbox> {
  const name = checkName(input.name);
  const requestKey = checkRequestKey(input.idempotencyKey);
  const made = newCredentials(input);
  const field = ['input', chosenPart(input).name];
  // What an equal request has made is not asked about again; a wrong guess here costs one question more.
  const earlier = await db(await context.read()).selectFrom('Inbox').select('id').where('requestKey', '=', requestKey).executeTakeFirst();
  await context.close();
  if (!earlier) await requireAccepted(channelFor(made.channel).open(made.credentials), providers, field);
  return context.mutate(async (unit, audit) => {
    const { id, created } = await insertInbox(unit, audit, inboxes, { tenantId: context.tenantId, name, requestKey, field, ...made });
    const { verifyToken = null, signingSecret = null } = created ? made.made : {};
    return { id, verifyToken, signingSecret };
  });
}

export interface InboxToInsert {
  tenantId: string;
  name: string;
  channel: Parameters<typeof newInboxRow>[0]['channel'];
  address: string | null;
  credentials: Record<string, unknown>;
  requestKey: string;
  tokenExpiresAt?: Date | null;
  /** Path of what names the address. */
  field: readonly string[];
  /** Path of what the request key is made of. */
  keyField?: readonly string[];
}

/** One row, or that of an equal earlier request. The unique indexes decide, also among requests at the same moment and of other tenants. */
export async function insertInbox(unit: UnitOfWork, audit: MutationAudit, inboxes: InboxService, { tenantId, name, channel, address, credentials, requestKey, tokenExpiresAt, field, keyField = ['input', 'idempotencyKey'] }: InboxToInsert): Promise<{ id: string; created: boolean }> {
  const requestHash = createHash('sha256').update(JSON.stringify([name, channel, address])).digest('hex');
  const id = newId();
  const sealed = await inboxes.seal(unit.tx, tenantId, id, credentials);
  const inserted = await db(unit.tx).insertInto('Inbox').values(newInboxRow({
    id, tenantId, key: randomBytes(18).toString('base64url'), name, channel, credentials: sealed, externalId: address, tokenExpiresAt: tokenExpiresAt ?? null, requestKey, requestHash,
  }, unit.now)).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  if (Number(inserted.numInsertedOrUpdatedRows ?? 0) === 1) {
    audit.draft = { ...audit.draft, resource: { type: 'Inbox', id }, after: { name, channel } };
    return { id, created: true };
  }
  const known = await db(unit.tx).selectFrom('Inbox').select(['id', 'state', 'requestHash']).where('requestKey', '=', requestKey).executeTakeFirst();
  if (!known) {
    throw new Refusal('InboxAddressTaken', ErrorCode.NAME_TAKEN, 'This address is connected to an inbox already. It must be removed there before it can be connected here.', field);
  }
  if (known.requestHash !== requestHash) {
    throw new Refusal('IdempotencyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before with another name or address.', keyField);
  }
  if (known.state === 'DELETED') {
    throw new Refusal('ChannelUnavailable', ErrorCode.CHANNEL_UNAVAILABLE, 'The inbox that this made was deleted since. To connect another one begin anew, with another key.', keyField, { reason: 'DELETED' });
  }
  audit.draft = { ...audit.draft, resource: { type: 'Inbox', id: known.id }, after: { repeated: true } };
  return { id: known.id, created: false };
}
