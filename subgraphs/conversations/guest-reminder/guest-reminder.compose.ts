// What a reminder is sent as: a text while the customer may be written to, else the template that the tenant named for it.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { channelFor } from '../channel/channel.registry.js';
import { windowClosesAt } from '../channel/channel.rules.js';
import { APPROVED, type TemplateForm } from '../channel/template.js';
import { lastWroteAt } from '../conversation/conversation.window.js';
import { compose, type Composed } from '../message/message.compose.js';
import { db } from '../tables.js';
import { languageOf, textOf, valuesOf, type Language, type Visit } from './guest-reminder.texts.js';
import type { GuestReminderSettings } from './guest-reminder.settings.js';
import type { Target } from './guest-reminder.target.js';

/** Of a contact that is held. */
export async function composeReminder(unit: UnitOfWork, visit: Visit, target: Target, settings: GuestReminderSettings): Promise<Composed> {
  const language = languageOf(target.attributes['language']) ?? settings.language;
  const template = settings.templateName !== null && await isShut(unit, target) ? await templateFor(unit, target.inboxId, settings.templateName, language) : null;
  if (!template) return compose({ text: textOf(visit, language) });
  const said = languageOf(template.language) ?? language;
  const values = valuesOf(visit, said);
  // A place that is filled with none of these is told of by whoever checks the template.
  const parameters = template.form.slots.filter(({ part, type }) => part === 'BODY' && type === 'TEXT').flatMap(({ position, name }) => {
    const value = name === null ? values[position - 1] : values.find(([called]) => called === name);
    return value ? [name === null ? { position, text: value[1] } : { name, text: value[1] }] : [];
  });
  return compose({ template: { name: settings.templateName ?? '', language: template.language, parameters } });
}

async function isShut({ tx, now, scope }: UnitOfWork, { contactId, inboxId, channel }: Target): Promise<boolean> {
  const last = lastWroteAt(sql`${scope.tenant}::uuid`, sql`${inboxId}::uuid`, sql`${contactId}::uuid`);
  const { rows: [wrote] } = await sql<{ at: Date | null }>`select ${last} as at`.execute(tx.getKysely());
  const closesAt = windowClosesAt(channelFor(channel).sending, wrote?.at ?? null, false);
  return closesAt !== null && closesAt <= now;
}

/** In the guest's language where there is one of it, else in the first. */
async function templateFor({ tx }: UnitOfWork, inboxId: string, name: string, language: Language): Promise<{ language: string; form: TemplateForm } | null> {
  const known = await db(tx).selectFrom('MessageTemplate').select(['language', 'form']).where('inboxId', '=', inboxId).where('name', '=', name).where('status', '=', APPROVED).orderBy('language').execute();
  const chosen = known.find((one) => languageOf(one.language) === language) ?? known[0];
  return chosen ? { language: chosen.language, form: chosen.form as TemplateForm } : null;
}
