// Each rule of the protocol graphql-transport-ws, with the frame or close code that keeps it. Source: PROTOCOL.md of graphql-ws.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Gateway } from '../../gateway/server.js';
import { startWorld } from '../../gateway/two-subgraphs.fixture.js';
import type { World } from '../../gateway/world.fixture.js';

let world: World;
let gateway: Gateway;
let authorization: string;
beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
  ({ authorization } = await world.signIn());
});
afterAll(() => world.stop());

type Frame = { type: string; id?: string; payload?: unknown };
const TICKS = 'subscription { ticks(count: 2) { index } }';
const QUIET = 'subscription { renamed(id: "quiet") { name } }';

/** A socket without a client library, which would keep the rules by itself. */
class Bare {
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.frames.push(JSON.parse(String(data)) as Frame));
    socket.on('close', (code, reason) => { this.closed = { code, reason: String(reason) }; });
  }

  static async open(protocols: string[] = ['graphql-transport-ws'], { wsUrl } = gateway): Promise<Bare> {
    const socket = new WebSocket(wsUrl, protocols);
    const bare = new Bare(socket);
    await Promise.race([once(socket, 'open'), once(socket, 'close')]);
    return bare;
  }

  static async acknowledged(): Promise<Bare> {
    const bare = await Bare.open();
    bare.send({ type: 'connection_init', payload: { authorization } });
    await bare.until(() => bare.frames.some(({ type }) => type === 'connection_ack'));
    return bare;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  subscribe(id: string, query: string, more: Record<string, unknown> = {}): void {
    this.send({ id, type: 'subscribe', payload: { query, ...more } });
  }

  async until(condition: () => boolean, milliseconds = 6_000): Promise<void> {
    for (const end = Date.now() + milliseconds; !condition() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 5));
    if (!condition()) throw new Error(`In vain; told ${JSON.stringify(this.frames)}, closed ${JSON.stringify(this.closed)}`);
  }

  of(id: string): [string, unknown][] {
    return this.frames.filter((frame) => frame.id === id).map(({ type, payload }) => [type, payload]);
  }
}

describe('the socket is closed', () => {
  const offences: [rule: string, code: number, offend: (bare: Bare) => void][] = [
    ['with 4400 for what is no JSON', 4400, (bare) => bare.send('{')],
    ['with 4400 for bytes that are no text', 4400, (bare) => bare.send(new Uint8Array([0xff, 0xfe, 0]))],
    ['with 4400 for a message without a type', 4400, (bare) => bare.send({ id: 'a' })],
    ['with 4400 for a type that is none', 4400, (bare) => bare.send({ type: 'start', id: 'a' })],
    ['with 4400 for a subscribe without an id', 4400, (bare) => bare.send({ type: 'subscribe', payload: { query: TICKS } })],
    ['with 4400 for a subscribe without a query', 4400, (bare) => bare.send({ id: 'a', type: 'subscribe', payload: {} })],
    ['with 4400 for variables that are a list', 4400, (bare) => bare.subscribe('a', TICKS, { variables: [1] })],
    ['with 4400 for a complete without an id', 4400, (bare) => bare.send({ type: 'complete' })],
    ['with 4409 for an id that is in use', 4409, (bare) => { bare.subscribe('a', QUIET); bare.subscribe('a', QUIET); }],
    ['with 4429 for a second connection_init', 4429, (bare) => bare.send({ type: 'connection_init' })],
    ['with 1009 for a message over 256 KiB', 1009, (bare) => bare.subscribe('a', `{ orderCount } #${'x'.repeat(300_000)}`)],
  ];
  it.each(offences)('%s', async (_rule, code, offend) => {
    const bare = await Bare.acknowledged();
    offend(bare);
    await bare.until(() => bare.closed !== null);
    expect(bare.closed?.code).toBe(code);
  });

  it('with 4406 when no protocol that is spoken here is offered', async () => {
    for (const offered of [[], ['graphql-ws'], ['soap']]) {
      const bare = await Bare.open(offered).catch((error: Error) => error);
      // A library may refuse the handshake before there is a socket to close.
      if (bare instanceof Error) expect(bare.message).toMatch(/subprotocol/i);
      else {
        await bare.until(() => bare.closed !== null);
        expect(bare.closed?.code).toBe(4406);
      }
    }
  });

  it('with 4401 for what is asked before connection_ack', async () => {
    const bare = await Bare.open();
    bare.subscribe('a', TICKS);
    await bare.until(() => bare.closed !== null);
    expect(bare.closed?.code).toBe(4401);
  });

  it('with 4408 when connection_init does not come within three seconds', async () => {
    const bare = await Bare.open();
    await bare.until(() => bare.closed !== null);
    expect(bare.closed?.code).toBe(4408);
  });

  it.each([['nonsense'], [7], [{ token: 'x' }]])('with 4403 for the credential %j, which does not hold', async (given) => {
    const bare = await Bare.open();
    bare.send({ type: 'connection_init', payload: { authorization: given } });
    await bare.until(() => bare.closed !== null);
    expect(bare.closed?.code).toBe(4403);
  });

  it('with 4403 and a reason when the session ends', async () => {
    const own = await world.signIn();
    const bare = await Bare.open();
    bare.send({ type: 'connection_init', payload: { authorization: own.authorization } });
    await bare.until(() => bare.frames.length === 1);
    world.change(own.session, { ok: false, reason: 'revoked' });
    await bare.until(() => bare.closed !== null);
    expect(bare.closed).toEqual({ code: 4403, reason: 'This session has ended: sign in again.' });
  });

  it('with 1001 when the gateway goes away: everybody, and not in one moment', async () => {
    const leaving = await world.gateway();
    const all = await Promise.all(Array.from({ length: 40 }, () => Bare.open(undefined, leaving)));
    const open = (): Bare[] => all.filter(({ closed }) => closed === null);
    const drained = leaving.drain();
    await all[0]?.until(() => open().length < 40);
    expect(open().length).toBeGreaterThan(10);
    await drained;
    await all[0]?.until(() => open().length === 0);
    expect(new Set(all.map(({ closed }) => closed?.code))).toEqual(new Set([1001]));
  });
});

describe('the socket lives on', () => {
  it('and answers a ping with a pong that carries the same payload, before connection_init too', async () => {
    const bare = await Bare.open();
    bare.send({ type: 'ping', payload: { at: 1 } });
    await bare.until(() => bare.frames.length === 1);
    expect(bare.frames).toEqual([{ type: 'pong', payload: { at: 1 } }]);
    bare.socket.terminate();
  });

  it('after a pong that nobody asked for, and a complete of what is not there', async () => {
    const bare = await Bare.acknowledged();
    bare.send({ type: 'pong' });
    bare.send({ id: 'nothing', type: 'complete' });
    bare.subscribe('a', '{ orderCount }');
    await bare.until(() => bare.of('a').length === 2);
    expect(bare.of('a')).toEqual([['next', { data: { orderCount: 3 } }], ['complete', undefined]]);
    bare.socket.terminate();
  });

  it.each([
    ['a syntax error', 'subscription { '], ['a field that is not there', '{ nothing }'], ['an unknown operation', 'query A { orderCount } query B { orderCount }'],
    ['what its owner refuses', 'subscription { refused }'], ['a query that is too deep', `{ person(id: "1") ${'{ friend '.repeat(11)}{ name }${' }'.repeat(11)} }`],
  ])('after %s, which is answered by one error frame that ends the operation', async (_what, query) => {
    const bare = await Bare.acknowledged();
    bare.subscribe('bad', query);
    await bare.until(() => bare.of('bad').length > 0);
    bare.subscribe('good', '{ orderCount }');
    await bare.until(() => bare.of('good').length === 2);
    expect(bare.of('bad')).toEqual([['error', [expect.objectContaining({ message: expect.any(String), extensions: expect.objectContaining({ code: expect.any(String) }) })]]]);
    expect(bare.closed).toBeNull();
    bare.socket.terminate();
  });

  it('and takes an id again once its operation is over, by whichever side', async () => {
    const bare = await Bare.acknowledged();
    bare.subscribe('a', TICKS);
    await bare.until(() => bare.of('a').length === 3);
    expect(bare.of('a').map(([type]) => type)).toEqual(['next', 'next', 'complete']);
    bare.subscribe('a', QUIET);
    await bare.until(() => world.live.size === 1);
    bare.send({ id: 'a', type: 'complete' });
    await bare.until(() => world.live.size === 0);
    bare.subscribe('a', '{ orderCount }');
    await bare.until(() => bare.of('a').length === 5);
    expect(bare.closed).toBeNull();
    bare.socket.terminate();
  });

  it('and carries many operations at once, each under its own id', async () => {
    const bare = await Bare.acknowledged();
    for (let index = 0; index < 20; index += 1) bare.subscribe(`op ${index} "quoted"`, `{ orderCount n${index}: orderCount }`);
    await bare.until(() => bare.frames.filter(({ type }) => type === 'complete').length === 20);
    for (let index = 0; index < 20; index += 1) expect(bare.of(`op ${index} "quoted"`)[0]).toEqual(['next', { data: { orderCount: 3, [`n${index}`]: 3 } }]);
    bare.subscribe('live "quoted" \\', TICKS);
    await bare.until(() => bare.of('live "quoted" \\').length === 3);
    bare.socket.terminate();
  });
});
