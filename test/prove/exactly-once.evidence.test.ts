// The exactly-once proof proves nothing if its corpus says less than it claims, or if it overlooks what went wrong.
import { describe, expect, it } from '@jest/globals';
import { channelFor } from '../../subgraphs/conversations/channel/channel.registry.js';
import type { SentMessage } from '../../ops/standins/meta-graph.js';
import { bodyOf, corpusOf } from './exactly-once.corpus.js';
import { CHANNELS, type CorpusChannel } from './exactly-once.shapes.js';
import { contradictions, differences, type Stored } from './exactly-once.evidence.js';

const SIZE = { customers: 4, turns: 5, sends: 3, movers: 2, doubles: 2 };
const BEGIN = 1_760_000_000_000;
const corpus = corpusOf(7, BEGIN, SIZE);
const all = [...corpus.first, ...corpus.any, ...corpus.last];

describe('the corpus', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(corpusOf(7, BEGIN, SIZE)).toEqual(corpus);
    expect(corpusOf(8, BEGIN, SIZE)).not.toEqual(corpus);
  });

  it.each(CHANNELS)('tells on %s exactly what it counts, as its channel reads it, with nothing that cannot be read', (name: CorpusChannel) => {
    const channel = channelFor(name).open({ appSecret: 's', verifyToken: 'v', accessToken: 'a', externalId: 'account' });
    const items = all.filter((delivery) => delivery.channel === name).flatMap((delivery) => channel.parse(JSON.parse(bodyOf(delivery, 'account')), { receivedAt: new Date(BEGIN), notes: {} }));
    const told = items.flatMap((item) => (item.kind === 'message' || item.kind === 'echo' ? [item.externalId] : []));
    expect(new Set(told)).toEqual(corpus.messages[name]);
    expect(told.length).toBeGreaterThan(corpus.messages[name].size);
    expect(new Set(items.flatMap((item) => (item.kind === 'status' ? [`${item.externalId} ${item.state}`] : [])))).toEqual(corpus.reports[name]);
    const kinds = new Set(items.map(({ kind }) => kind));
    for (const kind of ['message', 'echo', 'edit', 'deletion', 'reaction', 'status', name === 'WHATSAPP' ? 'identity' : 'watermark']) expect(kinds).toContain(kind);
  });
});

/** As it must be stored. */
function whole(): { stored: Stored; taken: SentMessage[] } {
  const stored: Stored = { run: 'one', lines: ['a', 'b', 'b'], messages: {} as Stored['messages'], reports: {} as Stored['reports'], unread: 0, deliveries: 9, told: [] };
  for (const channel of CHANNELS) {
    stored.messages[channel] = [...corpus.messages[channel]].map((id, index) => ({ id: `${channel}${index}`, external_id: id, author_kind: 'CONTACT', text: null, status: 'RECEIVED', conversation_id: channel, seq: index + 1 }));
    stored.reports[channel] = [...corpus.reports[channel]].map((report) => ({ external_id: report.split(' ')[0] ?? '', state: report.split(' ')[1] ?? '' }));
  }
  const taken = corpus.sends.map(({ text, channel, reports }, index): SentMessage => {
    const messages = stored.messages[channel];
    messages.push({ id: `send${index}`, external_id: `taken${index}`, author_kind: 'USER', text, status: (reports.at(-1) ?? '').toUpperCase(), conversation_id: channel, seq: messages.length + 1 });
    return { path: '', phoneNumberId: '', authorization: '', id: `taken${index}`, receivedAt: '', body: { biz_opaque_callback_data: `send${index}`, text: { body: text } } };
  });
  stored.told = CHANNELS.flatMap((channel) => stored.messages[channel].map(({ id }) => id));
  return { stored, taken };
}

type Broken = (parts: ReturnType<typeof whole>) => void;

describe('the evidence', () => {
  it('finds nothing wrong with what is whole', () => {
    const { stored, taken } = whole();
    expect(contradictions(corpus, stored, taken, 9)).toEqual({ sentences: [], sent: { taken: 3, unconfirmed: 0 } });
    expect(differences(stored, { ...stored, run: 'two' })).toEqual([]);
  });

  it.each<[string, Broken, RegExp]>([
    ['a lost message', ({ stored }) => { stored.messages.MESSENGER = stored.messages.MESSENGER.slice(1); }, /^lost: /],
    ['one stored twice', ({ stored }) => { const [one] = stored.messages.WHATSAPP; if (one) stored.messages.WHATSAPP.push({ ...one, seq: 99 }); }, /^stored twice: /],
    ['one that nobody told', ({ stored }) => { stored.messages.INSTAGRAM.forEach((one, index) => { if (index === 0) one.external_id = 'other'; }); }, /nobody told it/],
    ['a lost report', ({ stored }) => { stored.reports.WHATSAPP.pop(); }, /^report lost: /],
    ['a report that was not made', ({ stored }) => { stored.reports.WHATSAPP.push({ external_id: 'x', state: 'READ' }); }, /nobody made/],
    ['a gap', ({ stored }) => { stored.messages.WHATSAPP.forEach((one, index) => { if (index === 0) one.seq = 77; }); }, /^the places of /],
    ['a live event too many', ({ stored }) => { stored.told.push(stored.told[0] ?? ''); }, /^the feed tells twice/],
    ['a live event too few', ({ stored }) => { stored.told.pop(); }, /^the feed does not tell/],
    ['a delivery that is not read', ({ stored }) => { stored.unread = 1; }, /not read$/],
    ['a delivery stored twice', ({ stored }) => { stored.deliveries += 1; }, /^10 deliveries/],
    ['a message sent twice', ({ taken }) => { if (taken[0]) taken.push(taken[0]); }, /^sent twice: send0/],
    ['one sent twice under two references', ({ taken }) => { taken.push({ ...taken[0] as SentMessage, body: { biz_opaque_callback_data: 'other', text: { body: corpus.sends[0]?.text } } }); }, /two references/],
    ['a report that went under', ({ stored }) => { for (const one of Object.values(stored.messages).flat()) if (one.author_kind === 'USER') one.status = 'FAILED'; }, / is FAILED instead of /],
  ])('names %s', (_name, spoil, sentence) => {
    const parts = whole();
    spoil(parts);
    expect(contradictions(corpus, parts.stored, parts.taken, 9).sentences).toContainEqual(expect.stringMatching(sentence));
  });

  it('names rows that differ between two runs, each as often as it does', () => {
    const { stored } = whole();
    expect(differences(stored, { ...stored, run: 'two', lines: ['a', 'b', 'c'] })).toEqual(['only in one: b', 'only in two: c']);
  });
});
