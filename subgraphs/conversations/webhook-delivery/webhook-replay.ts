// Deliveries are read again: as they came, or corrected. What is there already changes nothing, so that nobody gets a message twice.
import type { Arrival } from '../channel/channel.port.js';
import { ErrorCode, Refusal, forbidden, invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Tx } from '../../kernel/data/database.js';
import { MalformedPayload } from '../channel/payload.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { db } from '../tables.js';

export interface ReplayInput {
  body?: string | null;
  reason?: string | null;
}

const MOST_BYTES = 1024 * 1024;
const BODY = ['input', 'body'];

const notFound = (): Refusal => new Refusal('WebhookDeliveryNotFound', ErrorCode.NOT_FOUND, 'The delivery was not found.', ['input', 'id']);

/** What is read of a delivery that was replayed: its last correction, unless it was replayed as it came after that. */
export async function replayedBody(tx: Tx, deliveryId: string): Promise<Uint8Array | null> {
  const last = await db(tx).selectFrom('WebhookReplay').select('body').where('deliveryId', '=', deliveryId).orderBy('id', 'desc').limit(1).executeTakeFirst();
  return last?.body ?? null;
}

/** @throws Refusal WebhookDeliveryNotFound, WebhookDeliveryWaiting, ChannelUnavailable, InputInvalid; FORBIDDEN for a correction by who may not see what came */
export async function replayDelivery(context: OperationContext, inboxes: InboxService, id: string, input: ReplayInput): Promise<void> {
  const { tenantId, actor } = context;
  const corrected = input.body ?? null;
  // Whoever says what customers are to have written must be able to see what they wrote.
  if (corrected !== null && !actor.permissions.includes('inbox:inspect')) throw forbidden('inbox:inspect');
  const reason = checkReason(input.reason, corrected !== null);
  const tx = await context.read();
  const delivery = await db(tx).selectFrom('WebhookDelivery').select(['inboxId', 'receivedAt', 'notes']).where('id', '=', id).executeTakeFirst();
  if (!delivery) throw notFound();
  const inbox = await inboxes.open(tx, tenantId, delivery.inboxId);
  await context.close();
  if (!inbox) throw new Refusal('ChannelUnavailable', ErrorCode.CHANNEL_UNAVAILABLE, 'The inbox of this delivery was deleted: nobody can read it any more.', ['input', 'id'], { reason: 'DELETED' });
  const body = corrected === null ? null : checkBody(corrected, inbox, delivery);
  await context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'WebhookDelivery', id } };
    const held = await db(unit.tx).selectFrom('WebhookDelivery').select(['status', 'replays']).where('id', '=', id).forUpdate().executeTakeFirst();
    // Retention may have taken it meanwhile.
    if (!held) throw notFound();
    if (held.status === 'RECEIVED') {
      if (body) throw new Refusal('WebhookDeliveryWaiting', ErrorCode.WRONG_STATE, 'The delivery is about to be read. Correct it when that has failed.', ['input', 'id']);
      audit.draft = { ...audit.draft, after: { status: held.status, repeated: true } };
      return;
    }
    await db(unit.tx).insertInto('WebhookReplay').values({ id: newId(), tenantId, deliveryId: id, body, reason, requestedBy: actor.sub, requestedAt: unit.now }).execute();
    await db(unit.tx).updateTable('WebhookDelivery').set({ status: 'RECEIVED', waitingSince: unit.now, attempts: 0, error: null, processedAt: null, replays: held.replays + 1 }).where('id', '=', id).execute();
    audit.draft = { ...audit.draft, before: { status: held.status }, after: { status: 'RECEIVED', corrected: body !== null } };
  });
}

function checkReason(reason: string | null | undefined, needed: boolean): string | null {
  const said = reason?.trim() ?? '';
  const field = ['input', 'reason'];
  if (said === '' && needed) throw invalidInput('Say why the body is corrected.', field);
  if (said.length > 500 || said.includes('\0') || !said.isWellFormed()) throw invalidInput('The reason has 500 characters at most, all of which can be stored.', field);
  return said === '' ? null : said;
}

/** A correction that cannot be read corrects nothing. */
function checkBody(text: string, { channel }: OpenInbox, arrival: Arrival): Buffer {
  const body = Buffer.from(text, 'utf8');
  if (body.length > MOST_BYTES) throw invalidInput(`The body has ${body.length} bytes; ${MOST_BYTES} is the most.`, BODY);
  const decoded = channel.decode(body);
  if (decoded === undefined) throw invalidInput("The body is not of the provider's format.", BODY);
  try {
    channel.parse(decoded, arrival);
  } catch (error) {
    if (error instanceof MalformedPayload) throw invalidInput(error.message, BODY);
    throw error;
  }
  return body;
}
