// A feed neither skips nor repeats: late commits, resuming anywhere, slow readers, foreign cursors, trimmed history.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isQuiet, newStream, numberOf, span, take, takeNumbers, TestFeed } from '../../../test/kit/feed.js';
import { newId } from '../base/ids.js';
import type { FeedFilter, FeedItem } from './feed.js';

let feed: TestFeed;
beforeAll(async () => {
  feed = await TestFeed.open();
  feed.relay();
});
afterAll(() => feed?.close());

const cursorOf = (item: FeedItem | undefined): string => item?.cursor ?? '';
const open = (filter: FeedFilter, after: string | null = null) => feed.hub.open(filter, after, null);

describe('a feed', () => {
  it('never skips a transaction that commits late', async () => {
    const filter = newStream();
    const live = await open(filter);
    await feed.admin.query('begin');
    await feed.admin.query(`insert into probe.outbox (tenant_id, event_id, type, stream_id, payload, occurred_at)
      values ($1, $2, 'NoteAdded', $3, '{"number": 1}', now())`, [filter.tenantId, newId(), filter.id]);
    await feed.emit(filter, [2]);
    const [second] = await take(live, 1);
    expect(numberOf(second ?? null)).toBe(2);
    await feed.admin.query('commit');
    const resumed = await open(filter, cursorOf(second));
    expect([await takeNumbers(live, 1), await takeNumbers(resumed, 1)]).toEqual([[1], [1]]);
    expect([await isQuiet(live), await isQuiet(resumed)]).toEqual([true, true]);
  });

  it('goes on after every position without gap or duplicate, into what happens meanwhile', async () => {
    const filter = newStream();
    const first = await open(filter);
    for (const number of span(1, 30)) await feed.emit(filter, [number]);
    const items = await take(first, 30);
    const streams = await Promise.all(items.map((item) => open(filter, item.cursor)));
    await Promise.all([
      feed.emit(filter, [31]).then(() => feed.emit(filter, [32, 33])),
      ...streams.map(async (stream, index) => {
        expect(await takeNumbers(stream, 33 - (index + 1))).toEqual(span(index + 2, 33));
        expect(await isQuiet(stream)).toBe(true);
      }),
    ]);
    first.end();
  });

  it('loses nothing for a reader who pauses while more come than are kept for him', async () => {
    const filter = newStream();
    const paused = await open(filter);
    for (let from = 1; from <= 1_301; from += 100) await feed.emit(filter, span(from, from + 99));
    await feed.drained();
    expect(await takeNumbers(paused, 1_000)).toEqual(span(1, 1_000));
    await feed.emit(filter, [1_401]);
    expect(await takeNumbers(paused, 401)).toEqual(span(1_001, 1_401));
    await feed.emit(filter, [1_402]);
    expect(await takeNumbers(paused, 1)).toEqual([1_402]);
    expect(await isQuiet(paused)).toBe(true);
  });

  it('keeps streams, groups and tenants apart', async () => {
    const mine = newStream();
    const sibling = { ...newStream(), tenantId: mine.tenantId };
    const foreign = { ...mine, tenantId: newId() };
    const group: FeedFilter = { tenantId: mine.tenantId, by: 'group', id: newId() };
    const streams = await Promise.all([mine, sibling, foreign, group].map((filter) => open(filter)));
    await feed.emit(mine, [1], { groupId: group.id });
    await feed.emit(sibling, [2], { groupId: group.id });
    await feed.emit(foreign, [3], { groupId: group.id });
    expect(await Promise.all(streams.map((stream, index) => takeNumbers(stream, index === 3 ? 2 : 1)))).toEqual([[1], [2], [3], [1, 2]]);
    expect(await Promise.all(streams.map((stream) => isQuiet(stream)))).toEqual([true, true, true, true]);
  });
});

describe('a cursor', () => {
  it('that is not of this feed gives a gap, and then the feed is live', async () => {
    const filter = newStream();
    const own = await open(filter);
    await feed.emit(filter, [1]);
    const [item] = await take(own, 1);
    const elsewhere = await open({ ...filter, id: newId() });
    const group = await open({ ...filter, by: 'group' });
    await feed.emit({ ...filter, id: newId() }, [0], { groupId: filter.id });
    const [ofGroup] = await take(group, 1);
    const foreign = await open({ ...filter, tenantId: newId() }, cursorOf(item));
    const [ofForeign] = await take(foreign, 1);
    const future = Buffer.from(Buffer.from(cursorOf(item), 'base64url').toString().replace(/^\d+/, '999999999999')).toString('base64url');
    for (const cursor of [cursorOf(ofForeign), cursorOf(ofGroup), future, '', 'garbage', '\0', 'x'.repeat(100_000), `${cursorOf(item)}AAAA`]) {
      const stream = await open(filter, cursor);
      expect(await take(stream, 1)).toEqual([{ kind: 'gap', reason: 'UNKNOWN_CURSOR', cursor: expect.any(String), position: expect.any(BigInt) }]);
      stream.end();
    }
    expect(ofForeign).toMatchObject({ kind: 'gap', reason: 'UNKNOWN_CURSOR' });
    const stream = await open(filter, 'garbage');
    const [gap] = await take(stream, 1);
    await feed.emit(filter, [2]);
    expect(await takeNumbers(stream, 1)).toEqual([2]);
    const resumed = await open(filter, cursorOf(gap));
    expect(await takeNumbers(resumed, 1)).toEqual([2]);
    const control = await open(filter, cursorOf(item));
    expect(await takeNumbers(control, 1)).toEqual([2]);
    for (const one of [own, elsewhere, group, foreign, stream, resumed, control]) one.end();
  });

  it('whose history was trimmed says so; a later one goes on', async () => {
    const filter = newStream();
    const live = await open(filter);
    await feed.emit(filter, span(1, 6));
    const items = await take(live, 6);
    const [third] = items.slice(2);
    const kept = third?.kind === 'event' ? third.event.position : 0n;
    await feed.admin.query('delete from probe.feed where position <= $1', [kept]);
    await feed.admin.query('update probe.feed_state set trimmed_to = $1', [kept]);
    const trimmed = await open(filter, cursorOf(items[1]));
    expect(await take(trimmed, 1)).toMatchObject([{ kind: 'gap', reason: 'HISTORY_TRIMMED' }]);
    const whole = await open(filter, cursorOf(third));
    expect(await takeNumbers(whole, 3)).toEqual([4, 5, 6]);
    await feed.emit(filter, [7]);
    expect([await takeNumbers(trimmed, 1), await takeNumbers(whole, 1)]).toEqual([[7], [7]]);
    for (const stream of [live, trimmed, whole]) stream.end();
  });

  it('of a database that was made anew is unknown', async () => {
    const filter = newStream();
    const live = await open(filter);
    await feed.emit(filter, [1]);
    const [item] = await take(live, 1);
    await feed.admin.query(`update probe.feed_state set epoch = 'anew'`);
    const stream = await open(filter, cursorOf(item));
    expect(await take(stream, 1)).toMatchObject([{ kind: 'gap', reason: 'UNKNOWN_CURSOR' }]);
    stream.end();
    live.end();
  });
});

describe('ending a stream', () => {
  it('interrupts who waits for its next item, and stops what is read', async () => {
    const filter = newStream();
    const stream = await open(filter);
    const waiting = stream.next();
    stream.end();
    stream.end();
    expect([await waiting, await stream.next()]).toEqual([null, null]);
    await feed.emit(filter, span(1, 3));
    expect(await stream.next()).toBeNull();
  });

  it('by closing the hub ends them all', async () => {
    const other = await TestFeed.open();
    const streams = await Promise.all([newStream(), newStream()].map((filter) => other.hub.open(filter, null, null)));
    const waiting = Promise.all(streams.map((stream) => stream.next()));
    await other.close();
    expect(await waiting).toEqual([null, null]);
  });
});
