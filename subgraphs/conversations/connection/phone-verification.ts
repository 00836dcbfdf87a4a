// A number of WhatsApp is verified: its provider sends a code to it, and is told the code.
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Providers } from '../channel/providers.js';
import { requestCode, verifyCode } from '../channel/meta.connect.js';
import type { ProviderAnswer } from '../channel/provider.ask.js';
import { holdInbox, noInbox } from '../inbox/inbox.manage.js';
import type { InboxService } from '../inbox/inbox.service.js';
import { db } from '../tables.js';
import type { VerificationMethod } from './connection.type.js';

const TIMEOUT_MS = 10_000;

interface Number { externalId: string; accessToken: string }
type Ask = (number: Number, options: { providers: Providers; signal: AbortSignal }) => Promise<ProviderAnswer>;

export function beginVerification(context: OperationContext, inboxes: InboxService, providers: Providers, id: string, { method, language }: { method: VerificationMethod; language: string }): Promise<void> {
  if (!/^[a-z]{2}(_[A-Z]{2})?$/.test(language)) throw invalidInput('The language is like en or en_US.', ['input', 'language']);
  return verify(context, inboxes, providers, id, ['input', 'inboxId'], ({ externalId, accessToken }, options) => requestCode(externalId, accessToken, method, language, options));
}

export function confirmVerification(context: OperationContext, inboxes: InboxService, providers: Providers, id: string, code: string): Promise<void> {
  if (!/^\d{6}$/.test(code)) throw invalidInput('The code has 6 digits.', ['input', 'code']);
  return verify(context, inboxes, providers, id, ['input', 'code'], ({ externalId, accessToken }, options) => verifyCode(externalId, accessToken, code, options));
}

async function verify(context: OperationContext, inboxes: InboxService, providers: Providers, id: string, field: readonly string[], ask: Ask): Promise<void> {
  const { tenantId } = context;
  const tx = await context.read();
  const inbox = await db(tx).selectFrom('Inbox').select('channel').where('id', '=', id).executeTakeFirst();
  const credentials = inbox ? await inboxes.credentials(tx, tenantId, id) : null;
  await context.close();
  if (!inbox || !credentials) throw noInbox();
  if (inbox.channel !== 'WHATSAPP') throw invalidInput('Only numbers of WhatsApp are verified.', ['input', 'inboxId']);
  const number = { externalId: String(credentials['externalId']), accessToken: String(credentials['accessToken']) };
  const answer = await ask(number, { providers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.kind === 'refused') throw new Refusal('PhoneVerificationRefused', ErrorCode.TOKEN_INVALID, `The provider refuses: ${answer.message}`, field, { providerCode: answer.code });
  if (answer.kind === 'unreachable') throw new Refusal('ProviderUnreachable', ErrorCode.CHANNEL_UNAVAILABLE, `The provider could not be asked: ${answer.message}`, field);
  await context.mutate(async (unit, audit) => { await holdInbox(unit, audit, id); });
}
