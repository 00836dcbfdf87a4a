// The judge of the fault proof: silent about a world in order, and one sentence for each way in which it can be out of order.
import { describe, expect, it } from '@jest/globals';
import { contradictions, type Evidence, type StoredMessage } from './faults.evidence.js';

const message = (seq: number, given: Partial<StoredMessage> = {}): StoredMessage => ({
  id: `msg_${seq}`, conversationId: 'conv', seq, direction: 'INBOUND', externalId: `wamid.${seq}`, text: `text ${seq}`, status: 'RECEIVED', ...given,
});
const reply = (seq: number, given: Partial<StoredMessage> = {}): StoredMessage => message(seq, { direction: 'OUTBOUND', status: 'SENT', ...given });
const heardOf = (stored: readonly StoredMessage[]): Evidence['followers'][number]['added'] => stored.map(({ id, conversationId, seq }) => ({ id, conversationId, seq }));

/** Two messages in, two replies out, everything known to everybody; then what `changes` makes of it. */
function evidence(changes: (inOrder: Evidence) => Partial<Evidence> = () => ({})): Evidence {
  const stored = [message(1), reply(2), message(3), reply(4)];
  const inOrder: Evidence = {
    delivered: ['wamid.1', 'wamid.3'], answered: [{ id: 'msg_2', text: 'text 2' }, { id: 'msg_4', text: 'text 4' }], stored, taken: ['msg_2', 'msg_4'],
    followers: [{ added: heardOf(stored), gaps: 0, failure: null }], left: { 'conversations.outbox': 0 },
  };
  return { ...inOrder, ...changes(inOrder) };
}

const following = (change: (added: Evidence['followers'][number]['added']) => Partial<Evidence['followers'][number]>) =>
  ({ followers: [heard] }: Evidence): Partial<Evidence> => ({ followers: heard ? [{ ...heard, ...change(heard.added) }] : [] });
const storing = (...stored: StoredMessage[]) => (): Partial<Evidence> => ({ stored, followers: [{ added: heardOf(stored), gaps: 0, failure: null }] });

describe('the judge of the fault proof', () => {
  it('finds nothing where everything is in order', () => expect(contradictions(evidence())).toEqual([]));

  it('lets a send that nobody knows the outcome of be, whether it was taken or not', () => {
    const unclear = (taken: string[]) => evidence(() => ({ ...storing(message(1), reply(2), message(3), reply(4, { status: 'UNCONFIRMED' }))(), taken }));
    expect([contradictions(unclear(['msg_2', 'msg_4'])), contradictions(unclear(['msg_2']))]).toEqual([[], []]);
  });

  it.each<[string, (inOrder: Evidence) => Partial<Evidence>, string[]]>([
    ['an acknowledged message that is gone', ({ delivered }) => ({ delivered: [...delivered, 'wamid.5'] }), ['acknowledged and lost: wamid.5']],
    ['a message stored twice', storing(message(1), reply(2), message(3), reply(4), message(5, { externalId: 'wamid.1' })), ['stored twice: wamid.1']],
    ['a message stored twice under two ids', storing(message(1), reply(2), message(3), reply(4), message(5, { text: 'text 1' })), ['stored twice under two ids: text 1']],
    ['a reply that was answered and is gone', ({ answered }) => ({ answered: [...answered, { id: 'msg_5', text: 'text 5' }] }), ['answered and lost: text 5']],
    ['a reply created twice', ({ taken }) => ({ ...storing(message(1), reply(2), message(3), reply(4), reply(5, { text: 'text 4' }))(), taken: [...taken, 'msg_5'] }), ['created twice: text 4']],
    ['a reply sent twice', ({ taken }) => ({ taken: [...taken, 'msg_4'] }), ['sent twice: text 4']],
    ['replies sent in the wrong order', () => ({ taken: ['msg_4', 'msg_2'] }), ['sent after a later one of its conversation: text 2']],
    ['a reply said to be sent that was not', () => ({ taken: ['msg_2'] }), ['said to be sent, but was not: text 4']],
    ['a reply that was given up', ({ taken }) => ({ ...storing(message(1), reply(2), message(3), reply(4, { status: 'FAILED' }))(), taken }), ['ended FAILED: text 4']],
    ['a reply that nobody stored', ({ taken }) => ({ taken: [...taken, 'msg_9'] }), ['sent, but not stored: msg_9']],
    ['a place left out', storing(message(1), reply(2), message(3), reply(4), message(6)), ['conv has the places 1 2 3 4 6']],
    ['a follower who missed one', following((added) => ({ added: added.slice(0, 3) })), ['follower 1 did not hear text 4']],
    ['a follower told twice', following((added) => ({ added: [...added, ...added.slice(3)] })), ['follower 1 heard twice of msg_4']],
    ['a follower told out of order', following(([one, two, three, four]) => ({ added: [one, three, two, four].flatMap((known) => known ?? []) })), ['follower 1 heard out of order of msg_2']],
    ['a follower told of nothing stored', following((added) => ({ added: [...added, { id: 'msg_9', conversationId: 'conv', seq: 9 }] })), ['follower 1 heard of msg_9, which is not stored']],
    ['a gap', following(() => ({ gaps: 1 })), ['follower 1 was told of 1 gaps']],
    ['a follower who was refused', following(() => ({ failure: 'why' })), ['follower 1 was told "why"']],
    ['something left undone', () => ({ left: { 'conversations.outbox': 2 } }), ['left undone: 2 of conversations.outbox']],
  ])('tells of %s', (_what, change, sentences) => expect(contradictions(evidence(change))).toEqual(sentences));
});
