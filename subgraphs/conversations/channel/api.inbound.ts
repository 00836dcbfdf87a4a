// Reads what a tenant's own system posts: items of the very kinds that are known here, in JSON of our own.
import { z } from 'zod';
import { UNSUPPORTED, type MessageContent, type MessageType, type Said } from './content.js';
import type { InboundItem } from './inbound.items.js';
import { PayloadReader, TOO_DEEP, clean, isRecord, storable, words, type Json, type Read } from './payload.js';

const id = z.string().min(1).max(256).transform(clean);
const short = z.string().max(1_000).transform(words).nullish().transform((text) => text ?? null);
const said = z.string().max(65_536).transform(words).nullish().transform((text) => text ?? null);
const address = z.string().min(1).max(4_096).transform(clean).nullish().transform((text) => text ?? null);
/** ISO 8601 with a zone, of this era. */
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text)).refine((at) => at.getTime() > 0 && at.getUTCFullYear() < 2300);
const contact = z.strictObject({ id, name: short, phone: z.string().regex(/^\+\d{5,15}$/).nullish().transform((phone) => phone ?? null) })
  .transform(({ id: externalId, ...rest }) => ({ externalId, ...rest }));
const reference = id.nullish().transform((text) => text ?? null);

const media = {
  text: said, voice: z.boolean().default(false),
  media: z.array(z.strictObject({ url: z.string().min(1).max(4_096).transform(clean), mimeType: address, fileName: short, sha256: z.string().regex(/^[0-9a-f]{64}$/).nullish().transform((hash) => hash ?? null) })).min(1).max(30),
};
const list = z.array(z.string().trim().min(1).max(1_000).transform(clean)).max(100).default([]);
const card = z.strictObject({ name: z.string().trim().min(1).max(1_000).transform(clean), organization: short, phones: list, emails: list });
const product = z.strictObject({
  productId: id, quantity: z.int().min(1).max(2 ** 31 - 1), priceMinor: z.int().nullish().transform((price) => price ?? null), currency: z.string().regex(/^[A-Z]{3}$/).nullish().transform((code) => code ?? null),
});

/** What a message may say, by its `type`; without one it is text. */
const SAID: Record<string, z.ZodType<Said>> = {
  text: z.object({ text: z.string().max(65_536).refine((text) => text.trim() !== '').transform(clean) }).transform(({ text }): Said => ({ type: 'TEXT', text, content: null })),
  ...Object.fromEntries((['IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER'] satisfies MessageType[]).map((type) => [type.toLowerCase(), z.object(media).transform(({ text, media: files, voice }): Said =>
    ({ type, text, content: { kind: 'media', voice, media: files.map((file) => ({ externalId: null, ...file })) } }))])),
  location: z.object({ text: said, latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180), name: short, address: short })
    .transform(({ text, ...place }): Said => ({ type: 'LOCATION', text: text ?? place.name ?? place.address, content: { kind: 'location', ...place } })),
  contacts: z.object({ text: said, contacts: z.array(card).min(1).max(100) }).transform(({ text, contacts }): Said => ({ type: 'CONTACTS', text: text ?? contacts.map(({ name }) => name).join(', '), content: { kind: 'contacts', contacts } })),
  choice: z.object({ text: z.string().trim().min(1).max(65_536).transform(clean), choiceId: id, description: short, answers: z.record(z.string(), z.string()).nullish() }).transform(({ text, choiceId, description, answers }): Said =>
    ({ type: 'CHOICE', text, content: { kind: 'choice', choiceId, description, answers: answers ? Object.fromEntries(Object.entries(answers).map(([name, value]) => [clean(name), clean(value)])) : null } })),
  order: z.object({ text: said, catalogId: reference, products: z.array(product).min(1).max(1_000) }).transform(({ text, catalogId, products }): Said => ({ type: 'ORDER', text, content: { kind: 'order', catalogId, products } })),
  share: z.object({ text: said, shared: z.enum(['STORY_MENTION', 'STORY_REPLY', 'POST', 'REEL', 'LINK']), url: address, title: short }).refine(({ url, title }) => url !== null || title !== null)
    .transform(({ text, shared, url, title }): Said => ({ type: 'SHARE', text: text ?? title, content: { kind: 'share', shared, url, title } satisfies MessageContent })),
};

const stored = z.object({
  id, contact, replyTo: reference, forwarded: z.boolean().default(false), sentAt: time,
  referral: z.strictObject({ source: z.enum(['AD', 'POST', 'LINK', 'PRODUCT']), sourceId: address, url: address, headline: short, body: said }).nullish().transform((referral) => referral ?? null),
});
const about = { id, contact, message: id, at: time, side: z.enum(['CONTACT', 'BUSINESS']).default('CONTACT') };
const error = z.strictObject({ code: id, title: z.string().trim().min(1).max(1_000).transform(clean) }).nullish().transform((fault) => fault ?? null);

/** Kinds that say nothing that is shown by itself. */
const TOLD = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('status'), message: id, state: z.enum(['SENT', 'DELIVERED', 'READ', 'FAILED']), at: time, clientReference: reference, error })
    .transform(({ message: externalId, at: occurredAt, ...rest }) => ({ externalId, occurredAt, ...rest })),
  z.strictObject({ kind: z.literal('watermark'), contact, state: z.enum(['DELIVERED', 'READ']), upTo: time }),
  z.strictObject({ kind: z.literal('deletion'), ...about }).transform(named),
  z.strictObject({ kind: z.literal('reaction'), ...about, emoji: z.string().trim().min(1).max(32).transform(clean).nullable() }).transform(named),
  z.strictObject({ kind: z.literal('identity'), from: contact, to: contact, at: time }).transform(({ at: occurredAt, ...rest }) => ({ ...rest, occurredAt })),
  z.strictObject({ kind: z.literal('consent'), contact, wanted: z.boolean(), at: time }).transform(({ at: occurredAt, ...rest }) => ({ ...rest, occurredAt })),
]);
const edit = z.object(about);

function named<Rest extends { id: string; message: string; at: Date }>({ id: eventId, message: externalId, at: occurredAt, ...rest }: Rest) {
  return { eventId, externalId, occurredAt, ...rest };
}

/** @throws MalformedPayload */
export function readApiCall(body: unknown): InboundItem[] {
  const reader = new PayloadReader();
  reader.each(isRecord(body) ? body.items : undefined, 'items', (item, path) => reader.take(readItem(item), path), true);
  return reader.end('API');
}

function readItem(item: Json): Read {
  const raw = storable(item);
  if (raw === undefined) return TOO_DEEP;
  if (item.kind === 'message' || item.kind === 'echo') {
    const [message, words_] = [stored.safeParse(item), saidOf(item)];
    if (!message.success) return flawOf(message.error);
    if ('flaw' in words_) return words_.flaw;
    const { id: externalId, contact: correspondent, ...rest } = message.data;
    const base = { externalId, contact: correspondent, ...rest, ...words_.said, raw };
    if (item.kind === 'message') return { kind: 'message', ...base };
    const ours = reference.safeParse(item.clientReference);
    return ours.success ? { kind: 'echo', ...base, clientReference: ours.data } : flawOf(ours.error);
  }
  if (item.kind === 'edit') {
    const [change, words_] = [edit.safeParse(item), saidOf(item)];
    if (!change.success) return flawOf(change.error);
    return 'flaw' in words_ ? words_.flaw : { kind: 'edit', ...named(change.data), said: words_.said };
  }
  const told = TOLD.safeParse(item);
  return told.success ? told.data : flawOf(told.error);
}

/** A type of tomorrow is kept as it came. */
function saidOf(item: Json): { said: Said } | { flaw: string } {
  const { type = 'text' } = item;
  if (typeof type !== 'string' || type === '') return { flaw: 'has a type that is no text' };
  const shape = Object.hasOwn(SAID, type) ? SAID[type] : undefined;
  if (!shape) return { said: UNSUPPORTED };
  const read = shape.safeParse(item);
  return read.success ? { said: read.data } : { flaw: flawOf(read.error) };
}

const flawOf = ({ issues: [issue] }: z.ZodError): string => `has a fault at ${issue?.path.join('.') || 'kind'}: ${issue?.message ?? 'it cannot be read'}`;
