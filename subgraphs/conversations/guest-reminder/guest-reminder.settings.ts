// How a tenant wants its guests to be reminded: whether at all, by which inbox, with which template, in which language when theirs is not known.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import type { GuestReminderSettingsUpdateInput } from './guest-reminder.type.js';
import { isLanguage, LANGUAGES, type Language } from './guest-reminder.texts.js';

export interface GuestReminderSettings {
  enabled: boolean;
  /** Null: by whichever inbox the guest was last heard of in. */
  inboxId: string | null;
  templateName: string | null;
  language: Language;
}

const DEFAULTS: GuestReminderSettings = { enabled: true, inboxId: null, templateName: null, language: 'en' };

export async function settingsOf(tx: Tx): Promise<GuestReminderSettings> {
  const { rows: [row] } = await sql<GuestReminderSettings>`select enabled, inbox_id as "inboxId", template_name as "templateName", language from conversations.guest_reminder_setting`.execute(tx.getKysely());
  return row ?? DEFAULTS;
}

/** @throws Refusal InboxNotFound, InputInvalid */
export function changeSettings(context: OperationContext, input: GuestReminderSettingsUpdateInput): Promise<GuestReminderSettings> {
  const { tenantId } = context;
  const given = givenIn(input);
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: tenantId } };
    if (typeof given.inboxId === 'string') {
      const inbox = await db(unit.tx).selectFrom('Inbox').select('id').where('id', '=', given.inboxId).where('state', '<>', 'DELETED').executeTakeFirst();
      if (!inbox) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', ['input', 'inboxId']);
    }
    const kysely = unit.tx.getKysely();
    // The row first, then its lock: of two changes at once the second starts from what the first has left.
    await sql`insert into conversations.guest_reminder_setting (tenant_id, enabled, language) values (${tenantId}::uuid, ${DEFAULTS.enabled}, ${DEFAULTS.language}) on conflict do nothing`.execute(kysely);
    await sql`select from conversations.guest_reminder_setting for update`.execute(kysely);
    const before = await settingsOf(unit.tx);
    const after = { ...before, ...given };
    await sql`update conversations.guest_reminder_setting set enabled = ${after.enabled}, inbox_id = ${after.inboxId}::uuid, template_name = ${after.templateName}, language = ${after.language}`.execute(kysely);
    audit.draft = { ...audit.draft, before: toldOf(before), after: toldOf(after) };
    return after;
  });
}

const toldOf = ({ inboxId, ...settings }: GuestReminderSettings): Record<string, unknown> => ({ ...settings, inboxId: inboxId === null ? null : encodeId('inb', inboxId) });

/** What is absent stays. @throws Refusal InputInvalid */
function givenIn({ enabled, inboxId, templateName, language }: GuestReminderSettingsUpdateInput): Partial<GuestReminderSettings> {
  const name = typeof templateName === 'string' ? templateName.trim() : templateName;
  if (typeof name === 'string' && !/^[^\p{Cc}]{1,512}$/u.test(name)) throw invalidInput('The name of a template is 1 to 512 characters.', ['input', 'templateName']);
  if (typeof language === 'string' && !isLanguage(language)) throw invalidInput(`One of ${LANGUAGES.join(', ')}.`, ['input', 'language']);
  return {
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    ...(inboxId === undefined ? {} : { inboxId: inboxId === null ? null : inputId('inb', inboxId, ['input', 'inboxId']) }),
    ...(name === undefined ? {} : { templateName: name }),
    ...(typeof language === 'string' ? { language: language as Language } : {}),
  };
}
