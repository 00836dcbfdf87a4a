// What a live stream says of itself over a socket: that it is open, and when whoever listens must open it again.
import { describe, expect, it } from '@jest/globals';
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../base/subgraph-port.js';
import { AnnouncedStream } from './live.announced.js';

/** Tells one event, then fails. */
function failing(error: Error): SubgraphStream {
  const steps = [{ data: { told: 1 } }];
  const stream: SubgraphStream = {
    [Symbol.asyncIterator]: () => stream,
    next: async (): Promise<IteratorResult<SubgraphResult, undefined>> => {
      const value = steps.shift();
      if (!value) throw error;
      return { done: false, value };
    },
    return: async () => ({ done: true, value: undefined }),
  };
  return stream;
}

const OPENED = { done: false, value: { extensions: { opened: true } } };
const TOLD = { done: false, value: { data: { told: 1 } } };

describe('an announced stream', () => {
  it('whose source was interrupted says so as its last word, because an error would end the subscription for good', async () => {
    let ended = 0;
    const stream = new AnnouncedStream(failing(new StreamInterrupted('away')), () => { ended += 1; });
    expect([await stream.next(), await stream.next(), await stream.next(), await stream.next()]).toEqual(
      [OPENED, TOLD, { done: false, value: { extensions: { interrupted: true } } }, { done: true, value: undefined }]);
    expect(ended).toBeGreaterThan(0);
  });

  it('says so, too, when it is interrupted while nobody waits for what comes next', async () => {
    const stream = new AnnouncedStream(failing(new Error('broken')), () => undefined);
    expect([await stream.next(), await stream.next()]).toEqual([OPENED, TOLD]);
    await stream.interrupt();
    expect([await stream.next(), await stream.next()]).toEqual([{ done: false, value: { extensions: { interrupted: true } } }, { done: true, value: undefined }]);
  });

  it('that was left is over, whatever becomes of its source', async () => {
    const source = failing(new StreamInterrupted('away'));
    const stream = new AnnouncedStream(source, () => undefined);
    expect([await stream.next(), await stream.next()]).toEqual([OPENED, TOLD]);
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('whose source failed otherwise fails with it', async () => {
    const stream = new AnnouncedStream(failing(new Error('broken')), () => undefined);
    expect([await stream.next(), await stream.next()]).toEqual([OPENED, TOLD]);
    await expect(stream.next()).rejects.toThrow('broken');
  });
});
