// What every channel promises: no call without its proof, no item that is none, no message lost for another one's fault, and no secret told.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { arrival, call, CLIENT_REFERENCE, outboundText, providersAt } from '../../../test/kit/channels.js';
import { CHANNELS, type ReceivedCall } from './channel.port.js';
import { channelFor } from './channel.registry.js';
import { CHANNEL_SAMPLES } from './channel.samples.fixture.js';
import { MESSAGE_TYPES } from './content.js';
import { isMediaKind } from './media.port.js';
import type { InboundItem } from './inbound.items.js';
import { MalformedPayload } from './payload.js';

const storable = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'));
const id = storable.min(1);
const maybe = storable.nullable();
const content = z.union([
  z.strictObject({ kind: z.literal('media'), voice: z.boolean(), media: z.array(z.strictObject({ externalId: maybe, url: maybe, mimeType: maybe, fileName: maybe, sha256: z.string().regex(/^[0-9a-f]{64}$/).nullable() })).min(1) }),
  z.strictObject({ kind: z.literal('location'), latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180), name: maybe, address: maybe }),
  z.strictObject({ kind: z.literal('contacts'), contacts: z.array(z.strictObject({ name: id, organization: maybe, phones: z.array(id), emails: z.array(id) })).min(1) }),
  z.strictObject({ kind: z.literal('choice'), choiceId: id, description: maybe, answers: z.record(storable, storable).nullable() }),
  z.strictObject({ kind: z.literal('order'), catalogId: maybe, products: z.array(z.strictObject({ productId: id, quantity: z.int().min(1).max(2 ** 31 - 1), priceMinor: z.int().nullable(), currency: maybe })).min(1) }),
  z.strictObject({ kind: z.literal('share'), shared: z.enum(['STORY_MENTION', 'STORY_REPLY', 'POST', 'REEL', 'LINK']), url: maybe, title: maybe }),
  z.strictObject({ kind: z.literal('system'), event: z.enum(['NUMBER_CHANGED', 'IDENTITY_CHANGED']), phone: z.string().regex(/^\+\d{5,15}$/).nullable() }),
]);
const saying = { type: z.enum(MESSAGE_TYPES), text: maybe, content: content.nullable() };
const contact = z.strictObject({ externalId: id, name: id.nullable(), phone: z.string().regex(/^\+\d{5,15}$/).nullable() });
const stored = {
  externalId: id, contact, ...saying, replyTo: id.nullable(), forwarded: z.boolean(), sentAt: z.date(), raw: z.unknown(),
  referral: z.strictObject({ source: z.enum(['AD', 'POST', 'LINK', 'PRODUCT']), sourceId: maybe, url: maybe, headline: maybe, body: maybe }).nullable(),
};
const about = { externalId: id, contact, side: z.enum(['CONTACT', 'BUSINESS']), occurredAt: z.date(), eventId: id };
const item = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), ...stored }), z.strictObject({ kind: z.literal('echo'), ...stored, clientReference: id.nullable() }),
  z.strictObject({ kind: z.literal('status'), externalId: id, state: z.enum(['SENT', 'DELIVERED', 'READ', 'FAILED']), occurredAt: z.date(), clientReference: id.nullable(), error: z.strictObject({ code: id, title: id }).nullable() }),
  z.strictObject({ kind: z.literal('watermark'), contact, state: z.enum(['DELIVERED', 'READ']), upTo: z.date() }),
  z.strictObject({ kind: z.literal('edit'), ...about, said: z.strictObject(saying) }), z.strictObject({ kind: z.literal('deletion'), ...about }), z.strictObject({ kind: z.literal('reaction'), ...about, emoji: id.nullable() }),
  z.strictObject({ kind: z.literal('identity'), from: contact, to: contact, occurredAt: z.date() }), z.strictObject({ kind: z.literal('consent'), contact, wanted: z.boolean(), occurredAt: z.date() }),
]).refine((one) => !('raw' in one) || (one.raw !== undefined && storable.safeParse(JSON.stringify(one.raw).replaceAll(/\\u0000/g, '\0')).success), 'what is kept of the provider can be stored')
  .refine((one) => !('type' in one) || (one.content === null) === (one.type === 'TEXT' || one.type === 'UNSUPPORTED'), 'content and type belong together');

let deep: unknown = 'x';
for (let level = 0; level < 10_000; level += 1) deep = [deep];
const INSTEAD: unknown[] = [null, 7, -1, 1e308, true, '', ' ', 'x', 'a\0b\ud800', 'x'.repeat(100_000), [], [null], ['x'], [{}], {}, { id: {} }, { constructor: 1, __proto__: null }, deep];

/** Every place within a value: how to come to it, and back to the whole with something else there. */
function* places(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) yield* places((value as Record<string | number, unknown>)[key], [...path, key]);
}

/** @param instead undefined: nothing at all is there */
function changed(whole: unknown, [key = '', ...rest]: (string | number)[], instead: unknown): unknown {
  const entries = Object.entries(whole as object).flatMap(([name, inner]) => {
    if (name !== String(key)) return [[name, inner] as const];
    const put = rest.length > 0 ? changed(inner, rest, instead) : instead;
    return put === undefined ? [] : [[name, put] as const];
  });
  return Array.isArray(whole) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

it('is asked of every channel there is', () => {
  expect(CHANNEL_SAMPLES.map(({ channel }) => channel)).toEqual([...CHANNELS]);
});

describe.each(CHANNEL_SAMPLES.map((samples) => [samples.channel, samples] as const))('%s', (name, { credentials, secrets, url, encode, sign, samples, unknown, batch, most = 1_001, at, time, standIn, credentialsAt }) => {
  const definition = channelFor(name);
  const channel = definition.open(credentials);
  const signed = async (body: string, with_ = credentials): Promise<ReceivedCall> => call({ url, body: Buffer.from(body), headers: await sign(body, with_) });
  const notes = async (): Promise<Record<string, string>> => channel.note(await signed(encode(samples[0]?.[1])));
  /** What is told: of a payload that cannot be read as a whole, what can. */
  const told = (body: unknown, kept: Record<string, string>): { items: InboundItem[]; fault: string | null } => {
    try {
      return { items: channel.parse(body, arrival(kept)), fault: null };
    } catch (error) {
      if (error instanceof MalformedPayload) return { items: error.items, fault: error.message };
      throw error;
    }
  };

  it.each(samples)('reads %s, the same each time', async (_what, body, expected) => {
    const given = await signed(encode(body));
    expect(await channel.verify(given)).toBe(true);
    const read = () => channel.parse(channel.decode(given.body), arrival(channel.note(given)));
    expect(read()).toMatchObject(expected);
    expect(read()).toHaveLength(expected.length);
    expect(read()).toEqual(read());
    expect(channel.envelopeId(channel.decode(given.body), given)).toBe(channel.envelopeId(channel.decode(given.body), given));
    for (const one of read()) item.parse(one);
  });

  it('takes no call without its proof', async () => {
    const body = encode(samples[0]?.[1]);
    const right = await signed(body);
    const header = right.headers[definition.open(credentials).signatureHeader] ?? '';
    expect(header).not.toBe('');
    const other = (value: string | undefined): ReceivedCall => ({ ...right, headers: { ...right.headers, [channel.signatureHeader]: value } });
    const altered = `${header.slice(0, -5)}${header.at(-5) === 'A' ? 'B' : 'A'}${header.slice(-4)}`;
    for (const value of [undefined, '', ' ', header.slice(0, -1), header.slice(0, header.length / 2), `${header}x`, altered, header.toUpperCase(), `=${header}`, '\0', 'x'.repeat(100_000)]) {
      expect([value?.slice(0, 80), await channel.verify(other(value))]).toEqual([value?.slice(0, 80), false]);
    }
    expect(await channel.verify(right)).toBe(true);
    // A token proves who calls, and is no digest of what they say.
    if (channel.signatureHeader !== 'authorization') {
      for (const bytes of [Buffer.from(`${body}&x=1`), Buffer.from(body).subarray(1), Buffer.alloc(0)]) expect(await channel.verify({ ...right, body: bytes })).toBe(false);
    }
  });

  it('gives and takes the kinds of files that it says it sends, and no others', async () => {
    const kinds = [...definition.sends].filter(isMediaKind);
    expect(kinds.filter((kind) => definition.media?.kinds[kind].types?.length === 0)).toEqual([]);
    expect(definition.media === null).toBe(kinds.length === 0);
    const reference = { externalId: null, url: 'https://files.example.com/1', mimeType: null, fileName: null, sha256: null };
    const answer = await channel.fetchMedia(reference, { providers: providersAt('https://provider.example.com'), fetch: async () => new Response('bytes'), signal: AbortSignal.timeout(5_000) });
    expect(answer).toMatchObject(kinds.length === 0 || definition.media?.brought ? { kind: 'refused', again: false } : { kind: 'file' });
  });

  it('keeps what nobody knows yet, as it came', async () => {
    const [one] = channel.parse(channel.decode(Buffer.from(encode(unknown))), arrival(await notes()));
    expect(one).toMatchObject({ kind: 'message', type: 'UNSUPPORTED', text: null, content: null });
    expect(JSON.stringify(one)).toContain('hologram');
  });

  it('makes items of every sample with each part of it missing or other than it should be, or says that it cannot', async () => {
    const kept = await notes();
    let tried = 0;
    for (const [what, body] of samples) {
      for (const path of places(body)) {
        for (const instead of [undefined, ...INSTEAD]) {
          tried += 1;
          const { items } = told(changed(body, path, instead), kept);
          const faults = items.map((one) => item.safeParse(one)).filter(({ success }) => !success);
          if (faults.length > 0) throw new Error(`${what} with ${JSON.stringify(instead)?.slice(0, 40)} at ${path.join('.')}: ${faults[0]?.error?.message}`);
        }
      }
    }
    expect(tried).toBeGreaterThan(500);
  });

  it.each([null, 7, 'x', '', [], [[]], {}, deep].map((body) => [JSON.stringify(body).slice(0, 20), body]))('says what is wrong with %s', async (_what, body) => {
    const { items, fault } = told(body, await notes());
    expect([items, fault]).toEqual([[], expect.stringMatching(/\w/)]);
  });

  it('reads any bytes at all, or says that they are none of its provider', async () => {
    const whole = Buffer.from(encode(samples[0]?.[1]));
    const cut = Array.from({ length: 16 }, (_, part) => whole.subarray(0, Math.floor((whole.length * part) / 16)));
    const strange = [Buffer.from([0xff, 0xfe, 0x22, 0x00]), Buffer.from('{"a":"\xff"}', 'latin1'), Buffer.from('['.repeat(10_000)), Buffer.from(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), Buffer.from('%E0%A4%A=%'), Buffer.alloc(3 * 1024 * 1024, 'x')];
    const kept = await notes();
    for (const bytes of [...cut, ...strange]) {
      const decoded = channel.decode(bytes);
      if (decoded !== undefined) for (const one of told(decoded, kept).items) item.parse(one);
    }
    expect(channel.decode(Buffer.alloc(0))).toBeUndefined();
  });

  (batch ? it : it.skip)('gives each of 1,001 (or as many as it takes), and of a batch all but the one that cannot be read', async () => {
    const ids = Array.from({ length: most }, (_, index) => `id-${index}`);
    const kept = await notes();
    const idOf = (one: InboundItem): string => ('externalId' in one ? one.externalId : '');
    expect(channel.parse(batch?.(ids), arrival(kept))).toHaveLength(most);
    expect(new Set(channel.parse(batch?.(ids), arrival(kept)).map(idOf)).size).toBe(most);
    const few = ids.slice(0, 5);
    const all = channel.parse(batch?.(few), arrival(kept)).map(idOf);
    for (const odd of INSTEAD) {
      const { items } = told(batch?.(few, odd), kept);
      expect(items.map(idOf).filter((one) => all.includes(one))).toEqual([all[0], all[1], all[3], all[4]]);
    }
  });

  (time ? it : it.skip)('takes the time of its provider and no other', async () => {
    const [right, moment] = time ?? [];
    const kept = await notes();
    expect(told(at?.(right), kept).items).toMatchObject([{ sentAt: moment }]);
    const seconds = Math.floor((moment as Date).getTime() / 1000);
    for (const other of [seconds, String(seconds), seconds * 1000, String(seconds * 1000), seconds * 1e6, -seconds, 1e308, 0, '', 'yesterday', '9999-99-99T00:00:00Z'] as unknown[]) {
      const { items, fault } = told(at?.(other), kept);
      // Of another measure it would be 1970 or the year 57,743.
      const years = items.map((one) => ('sentAt' in one ? one.sentAt.getUTCFullYear() : 0));
      expect([other, years, fault !== null]).toEqual([other, fault === null ? [2025] : [], fault !== null]);
    }
    const ahead = typeof right === 'number' ? seconds * 1000 + 86_400_000 * 365 : typeof right === 'string' && right.includes('T') ? '2026-10-09T08:53:20Z' : String(seconds + 86_400 * 365);
    for (const one of told(at?.(ahead), kept).items) item.parse(one);
  });

  it('knows what each answer to a send means', () => {
    for (let status = 100; status < 600; status += 1) {
      for (const body of [null, {}, [], 'x', { error: 'x' }, { error: { code: {} } }, { code: [] }, { messages: 'x', sid: 7, id: {} }]) {
        const outcome = definition.classify(status, body);
        if (outcome.kind === 'refused') expect(['retry', 'later', 'permanent', 'reauthorise', 'opt-out', 'window']).toContain(outcome.class);
        else expect([status, body, outcome.kind]).toEqual([status, body, 'unclear']);
        // What may have been taken is not sent again by itself.
        // That 503 takes nothing is agreed with systems of the tenant's own.
        if (status >= 500 && !(name === 'API' && status === 503)) expect([status, outcome.kind]).toEqual([status, 'unclear']);
      }
    }
    expect([401, 403, 404, 408, 429].map((status) => definition.classify(status, null)).map((outcome) => (outcome.kind === 'refused' ? outcome.class : outcome.kind)))
      .toEqual(['reauthorise', 'permanent', 'permanent', 'unclear', 'retry']);
  });

  (standIn ? describe : describe.skip)('to its provider', () => {
    let provider: StandIn;
    beforeAll(async () => { provider = await (standIn as NonNullable<typeof standIn>)(); });
    beforeEach(() => fetch(`${provider.url}/_sent`, { method: 'DELETE' }));
    afterAll(() => provider.close());
    const send = (more: { own?: Record<string, unknown>; signal?: AbortSignal; at?: string } = {}) => definition.open({ ...credentials, ...more.own, ...credentialsAt?.(more.at ?? provider.url) })
      .send(outboundText(), { providers: providersAt(more.at ?? provider.url), webhookUrl: url, signal: more.signal ?? AbortSignal.timeout(5_000) });
    const next = (answer: object) => fetch(`${provider.url}/_next`, { method: 'PUT', body: JSON.stringify([answer]) });
    const sent = async (): Promise<unknown[]> => await (await fetch(`${provider.url}/_sent`)).json() as unknown[];

    it('sends once, with our reference, and knows its id', async () => {
      const outcome = await send();
      expect(outcome).toEqual({ kind: 'accepted', externalId: expect.stringMatching(/\w/) });
      expect(await sent()).toHaveLength(1);
      expect(JSON.stringify(await sent())).toContain(CLIENT_REFERENCE);
    });

    it.each<[string, object, string, number]>([
      ['a refusal', { status: 400 }, 'refused', 0], ['too many calls', { status: 429, body: {} }, 'refused', 0], ['an error of its own', { status: 500 }, 'unclear', 0],
      ['an end before it took it', { drop: 'before' }, 'unclear', 0], ['an end after it took it', { drop: 'after' }, 'unclear', 1],
      ['an answer that is none', { body: 'yes' }, 'unclear', 1], ['a redirect', { status: 307, body: {} }, 'unclear', 1],
    ])('takes %s for what it is', async (_what, answer, kind, taken) => {
      await next(answer);
      expect(await send()).toMatchObject({ kind });
      expect(await sent()).toHaveLength(taken);
    });

    it('does not know what became of one whose time ran out, and knows it of one that never left', async () => {
      await next({ delayMs: 60_000 });
      expect(await send({ signal: AbortSignal.timeout(100) })).toMatchObject({ kind: 'unclear' });
      expect(await send({ signal: AbortSignal.abort() })).toMatchObject({ kind: 'refused', class: 'retry', code: 'aborted' });
      const gone = await (standIn as NonNullable<typeof standIn>)();
      await gone.close();
      expect(await send({ at: gone.url })).toMatchObject({ kind: 'refused', class: 'retry', code: 'ECONNREFUSED' });
    });

    it('tells no secret, whatever the provider repeats', async () => {
      for (const status of [400, 401, 500]) {
        const words = `${secrets.join(' ')} ${'x'.repeat(970)} ${secrets.join(' ')}`;
        await next({ status, body: { error: { message: words, code: 1 }, message: words, code: 1, detail: words } });
        const text = JSON.stringify(await send());
        for (const secret of secrets) expect(text).not.toContain(secret);
      }
    });
  });
});
