// What was chosen becomes an inbox, and its provider is told to deliver to it.
import { randomBytes } from 'node:crypto';
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { channelFor } from '../channel/channel.registry.js';
import { subscribe } from '../channel/meta.connect.js';
import { authoriseAgain } from '../inbox/inbox.authorise.js';
import { checkName, insertInbox, type InboxToInsert } from '../inbox/inbox.create.js';
import type { InboxTestResult } from '../inbox/inbox.type.js';
import type { ConversationsServices } from '../services.js';
import { db } from '../tables.js';

const TIMEOUT_MS = 10_000;

export interface FinishInput {
  token: string;
  externalId: string;
  name?: string | null;
}

/**
 * Repeating it finds the inbox and subscribes again: Meta checks the address of a business account while it is asked, so the inbox is there before.
 * An inbox of the tenant's own at this address gets the token. @throws Refusal InboxConnectNotFound, InputInvalid, InboxAddressTaken
 */
export async function finishConnection(context: OperationContext, { connections, inboxes, providers, deps, crash }: ConversationsServices, id: string, input: FinishInput): Promise<{ id: string; subscription: InboxTestResult }> {
  const { tenantId } = context;
  const ready = await connections.ready(context, id, input.token);
  await context.close();
  if (!ready) throw new Refusal('InboxConnectNotFound', ErrorCode.NOT_FOUND, 'The connection was not found: it was begun by somebody else, or is over. Please begin again.', ['input', 'connectionId']);
  const choice = ready.choices.find(({ externalId }) => externalId === input.externalId);
  if (!choice) throw invalidInput('This is none of what may be connected.', ['input', 'externalId']);
  const { channel } = ready;
  const app = connections.requireApp(channel);
  const name = checkName(input.name ?? choice.name.slice(0, 100));
  const credentials = { appSecret: app.secret, verifyToken: randomBytes(24).toString('base64url'), accessToken: choice.accessToken, externalId: choice.externalId, businessAccountId: choice.parentId };
  const wanted: InboxToInsert = {
    tenantId, name, channel, address: choice.externalId, credentials, requestKey: `connect:${encodeId('inc', id)}:${choice.externalId}`,
    tokenExpiresAt: ready.expiresAt === null ? null : new Date(ready.expiresAt), field: ['input', 'externalId'], keyField: ['input', 'connectionId'],
  };
  const inboxId = await context.mutate(async (unit, audit) => await authoriseAgain(unit, audit, inboxes, wanted) ?? (await insertInbox(unit, audit, inboxes, wanted)).id);
  crash('connect:made');
  const kept = await deps.database.inScope(tenantScope(tenantId), async (tx) => ({
    sealed: await inboxes.credentials(tx, tenantId, inboxId), row: await db(tx).selectFrom('Inbox').select('key').where('id', '=', inboxId).executeTakeFirstOrThrow(),
  }), { readOnly: true });
  const verifyToken = String(kept.sealed?.['verifyToken'] ?? '');
  const url = `${deps.config.apiUrl}/webhooks/${channelFor(channel).slug}/${kept.row.key}`;
  const answer = await subscribe(channel, choice, { url, verifyToken }, { providers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const [code, message] = answer.kind === 'answer' ? [null, null] : [answer.code, `Meta was not told to deliver here: ${answer.message}`.slice(0, 500)];
  const testedAt = deps.clock.now();
  await runUnit(deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `connect-${newId()}` }, async (unit) => {
    await db(unit.tx).updateTable('Inbox').set({ lastTestAt: testedAt, lastTestCode: code, lastTestMessage: message }).where('id', '=', inboxId).execute();
  });
  return { id: inboxId, subscription: { passed: code === null, code, message, testedAt } };
}
