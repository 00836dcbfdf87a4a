// The live proof proves nothing if it overlooks what a subscriber has missed, heard twice, too late, or of somebody else.
import { describe, expect, it } from '@jest/globals';
import { contradictions, judge, type FeedEntry, type Heard, type HeardEvent, type Scope, type Stored, type StoredMessage } from './live.evidence.js';

const MINE: Scope = { tenantId: 'mine', inboxId: 'inbox' };
const BEGAN = 2;

/** Eight messages of two conversations and a change of one, of which one message and the change are before the subscriber; two of another tenant between them. */
function stored(): Stored & { feed: FeedEntry[]; messages: StoredMessage[] } {
  const messages: StoredMessage[] = [];
  const feed: FeedEntry[] = [];
  const add = (type: string, tenantId: string, conversationId: string, messageId: string): void => {
    feed.push({ position: feed.length + 1, tenantId, type, inboxId: tenantId === 'mine' ? 'inbox' : 'theirs', conversationId, messageId });
  };
  const write = (tenantId: string, conversationId: string): void => {
    const seq = messages.filter((message) => message.conversationId === conversationId).length + 1;
    messages.push({ id: `${conversationId}${seq}`, tenantId, inboxId: tenantId === 'mine' ? 'inbox' : 'theirs', conversationId, seq, externalId: `wamid.${conversationId}${seq}` });
    add('MessageAdded', tenantId, conversationId, `${conversationId}${seq}`);
  };
  write('mine', 'a');
  add('MessageUpdated', 'mine', 'a', 'a1');
  for (const conversation of ['a', 'b', 'a']) write('mine', conversation);
  for (let count = 0; count < 2; count += 1) write('other', 'x');
  for (const conversation of ['b', 'a', 'b', 'a']) write('mine', conversation);
  add('MessageUpdated', 'mine', 'b', 'b1');
  return { upTo: feed.length, feed, messages };
}

const heardOf = ({ position, type, conversationId, messageId }: FeedEntry): HeardEvent => ({ position, type, conversationId, messageId, seq: Number(messageId?.slice(1)), text: null });

/** As one hears it who goes on after a cursor. */
function whole(scope = MINE): Heard & { events: HeardEvent[] } {
  const { feed } = stored();
  const events = feed.filter(({ position, tenantId, type }) => position > BEGAN && tenantId === scope.tenantId && (scope.inboxId !== undefined || type === 'MessageAdded')).map(heardOf);
  return { who: 'who', scope, from: BEGAN, events, gaps: 1, failure: null };
}

type Broken = (heard: ReturnType<typeof whole>) => void;

describe('what a subscriber has heard', () => {
  it.each<[string, Scope]>([['an inbox', MINE], ['all conversations', { tenantId: 'mine' }]])('is whole when it is all of %s, once and in order', (_name, scope) => {
    expect(judge(whole(scope), stored())).toEqual({ lost: [], twice: [], disorder: [], foreign: [], sentences: [] });
  });

  it('ends where the feed was read', () => {
    const late = whole();
    late.events.push({ ...heardOf(stored().feed[0] as FeedEntry), position: 99 });
    expect(judge(late, stored()).sentences).toEqual([]);
  });

  it.each<[string, Broken, Partial<Record<'lost' | 'twice' | 'disorder' | 'foreign', number[]>>]>([
    ['comes back from now instead of after its cursor', (heard) => heard.events.splice(2, 3), { lost: [5, 8, 9] }],
    ['hears again what it had heard', (heard) => heard.events.splice(3, 0, ...heard.events.slice(1, 3)), { twice: [4, 5], disorder: [4] }],
    ['hears the last once more', (heard) => { heard.events.push(...heard.events.slice(-1)); }, { twice: [12] }],
    ['hears the news before the history', (heard) => { heard.events.push(...heard.events.splice(1, 1)); }, { disorder: [4] }],
    ['hears two of one conversation in the wrong order', ({ events: [one, , other] }) => { if (one && other) [one.seq, other.seq] = [other.seq, one.seq]; }, { disorder: [5] }],
    ['hears of another tenant', (heard) => heard.events.splice(3, 0, heardOf(stored().feed[5] as FeedEntry)), { foreign: [6] }],
    ['hears another message than the event is about', ({ events: [one] }) => { if (one) one.messageId = 'x1'; }, { foreign: [3] }],
    ['hears what was before it began', (heard) => heard.events.unshift(heardOf(stored().feed[0] as FeedEntry)), { foreign: [1] }],
  ])('is not when it %s', (_name, spoil, wrong) => {
    const heard = whole();
    spoil(heard);
    const { sentences, ...found } = judge(heard, stored());
    expect(found).toEqual({ lost: [], twice: [], disorder: [], foreign: [], ...wrong });
    expect(sentences).toHaveLength(Object.values(wrong).flat().length);
  });

  it('is not when it was told of a gap, or of a failure', () => {
    expect(judge({ ...whole(), gaps: 2 }, stored()).sentences).toEqual(['who was told of 2 gaps instead of the one with which it began']);
    expect(judge({ ...whole(), failure: 'x' }, stored()).sentences).toEqual(['who was told "x"']);
  });
});

describe('what is stored', () => {
  it('has nothing wrong when it is whole', () => {
    expect(contradictions(stored(), ['wamid.a1'])).toEqual([]);
  });

  it.each<[string, (all: ReturnType<typeof stored>) => void, RegExp]>([
    ['a message that was acknowledged and lost', (all) => { all.messages.pop(); all.feed.splice(10, 1); }, /^acknowledged and lost: wamid.a5/],
    ['one that the feed does not tell of', (all) => all.feed.splice(2, 1), /^the feed does not tell of a2/],
    ['one that it tells of twice', (all) => all.feed.push({ ...all.feed[0] as FeedEntry, position: 99 }), /^the feed tells twice of a1/],
    ['one that is not stored', (all) => all.messages.shift(), /^the feed tells of a1, which is not stored/],
    ['one that is told to somebody else', ({ feed: [one] }) => { if (one) one.tenantId = 'other'; }, /^the feed tells at 1 of a1 to somebody else/],
    ['one that is told after a later one', ({ messages: [one] }) => { if (one) one.seq = 9; }, /of place 2 after 9/],
  ])('names %s', (_name, spoil, sentence) => {
    const all = stored();
    spoil(all);
    expect(contradictions(all, ['wamid.a5'])).toContainEqual(expect.stringMatching(sentence));
  });
});
