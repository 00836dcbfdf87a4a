// Secrets of an inbox give way to new ones; and the provider is asked whether it takes those there are.
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Providers } from '../channel/providers.js';
import { channelFor } from '../channel/channel.registry.js';
import { db } from '../tables.js';
import { askedOf, requireAccepted } from './inbox.check.js';
import type { InboxSecretRotateInput } from './inbox.inputs.js';
import { holdInbox, noInbox } from './inbox.manage.js';
import { chosenPart, replacedCredentials } from './inbox.parts.js';
import type { InboxService } from './inbox.service.js';
import { disableForToken } from './inbox.standing.js';
import type { InboxTestResult } from './inbox.type.js';

const HOUR_MS = 3_600_000;
const MOST_HOURS = 168;

/**
 * A new token is shown to the provider before it replaces the old one. Of what signs the provider's calls both are taken until the overlap ends.
 * @throws Refusal InboxNotFound, InputInvalid, InboxCredentialsRefused, ProviderUnreachable
 */
export async function rotateSecrets(context: OperationContext, inboxes: InboxService, providers: Providers, id: string, input: InboxSecretRotateInput): Promise<void> {
  const { tenantId } = context;
  const { overlapHours } = input;
  if (overlapHours < 0 || overlapHours > MOST_HOURS) throw invalidInput(`The overlap is 0 to ${MOST_HOURS} hours.`, ['input', 'overlapHours']);
  const tx = await context.read();
  const inbox = await db(tx).selectFrom('Inbox').select('channel').where('id', '=', id).where('state', '<>', 'DELETED').executeTakeFirst();
  const present = inbox && await inboxes.credentials(tx, tenantId, id);
  await context.close();
  if (!present) throw noInbox();
  const replaced = replacedCredentials(input, inbox.channel);
  if (replaced.authorises) {
    await requireAccepted(channelFor(inbox.channel).open({ ...present, ...replaced.credentials }), providers, ['input', chosenPart(input).name]);
  }
  await context.mutate(async (unit, audit) => {
    await holdInbox(unit, audit, id);
    // As they are now: somebody else may have rotated meanwhile.
    const sealed = await inboxes.credentials(unit.tx, tenantId, id);
    if (!sealed) throw noInbox();
    const { previous, ...current } = sealed;
    const overlap = replaced.signs && overlapHours > 0 ? new Date(unit.now.getTime() + overlapHours * HOUR_MS) : null;
    const kept = replaced.signs ? (overlap ? { previous: current } : {}) : previous ? { previous } : {};
    const named = Object.fromEntries(Object.entries(replaced.kept).map(([credential, name]) => [name, overlap ? current[credential] : undefined]));
    await db(unit.tx).updateTable('Inbox').set({
      credentials: await inboxes.seal(unit.tx, tenantId, id, { ...current, ...replaced.credentials, ...named, ...kept }),
      ...(replaced.signs ? { secretOverlapUntil: overlap } : {}),
      // Nothing is known of the end of a token that was given by hand.
      ...(replaced.authorises ? { authorisedAt: unit.now, tokenExpiresAt: null, tokenWarnedAt: null } : {}),
    }).where('id', '=', id).execute();
    audit.draft = { ...audit.draft, after: { rotated: replaced.fields, overlapUntil: overlap } };
  });
}

/** Asks, and keeps what was said. A token that is refused for good switches the inbox off, as it would when something is sent. */
export async function testInbox(context: OperationContext, inboxes: InboxService, providers: Providers, id: string): Promise<InboxTestResult> {
  const { tenantId } = context;
  const opened = await inboxes.open(await context.read(), tenantId, id);
  await context.close();
  if (!opened) throw noInbox();
  const askedAt = context.deps.clock.now();
  const outcome = await askedOf(opened.channel, providers);
  if (outcome === null) throw invalidInput('This channel has no provider that could be asked.', ['input', 'inboxId']);
  return context.mutate(async (unit, audit) => {
    const held = await holdInbox(unit, audit, id);
    const [code, message] = outcome.kind === 'passed' ? [null, null] : [outcome.code, outcome.message.slice(0, 500)];
    await db(unit.tx).updateTable('Inbox').set({ lastTestAt: unit.now, lastTestCode: code, lastTestMessage: message }).where('id', '=', id).execute();
    if (outcome.kind === 'refused' && outcome.class === 'reauthorise') await disableForToken(unit, id, `${outcome.class} ${outcome.code}: ${outcome.message}`, askedAt);
    audit.draft = { ...audit.draft, after: { passed: code === null, ...(code === null ? {} : { code }), channel: held.channel } };
    return { passed: code === null, code, message, testedAt: unit.now };
  });
}
