// What the gateway refuses to take: documents and bodies beyond their limits, requests a foreign page can forge.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, firstError, type World } from '../world.fixture.js';

let world: World;
let gateway: Gateway;

beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
});
afterAll(() => world.stop());

describe('limits', () => {
  const nested = (levels: number) => `{ person(id: "1") ${'{ friend '.repeat(levels)}{ name }${' }'.repeat(levels)} }`;
  const listing = (tokens: number): string => `{ nodes(ids: [${'"" '.repeat(tokens)}]) { id } }`;
  const aliased = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: orderCount`).join(' ')} }`;

  it.each([
    ['depth', nested(10), nested(11)],
    ['aliases', aliased(30), aliased(31)],
    ['tokens', listing(4_900), listing(5_100)],
    ['fields', multiplied(8), multiplied(9)],
  ])('refuses a document beyond its limit of %s and runs one just within', async (limit, within, beyond) => {
    const right = await ask(gateway, within);
    expect(right.body.errors).toBeUndefined();
    const refused = await ask(gateway, beyond);
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'TOO_COSTLY', limit } }] });
  });

  it('refuses a body over 256 KiB with 413, whether its length is declared or not', async () => {
    const body = JSON.stringify({ query: '{ orderCount }', variables: { x: 'x'.repeat(300_000) } });
    for (const sent of [body, new Blob([body]).stream()]) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: sent, duplex: 'half',
      } as RequestInit);
      expect(response.status).toBe(413);
      expect(firstError(await response.json())?.extensions).toEqual({ code: 'BAD_USER_INPUT', reason: 'BODY_TOO_LARGE' });
    }
    expect((await ask(gateway, '{ orderCount }', { variables: { x: 'x'.repeat(200_000) } })).status).toBe(200);
  });

  it('refuses requests a foreign page can make without preflight', async () => {
    const post = (type: string) => fetch(`${gateway.url}/graphql`, {
      method: 'POST', headers: { 'content-type': type }, body: '{"query":"{ orderCount }"}',
    });
    const simple = await post('text/plain');
    expect(simple.status).toBe(400);
    expect(firstError(await simple.json())?.message).toContain('Cross-Site Request Forgery');
    expect((await fetch(`${gateway.url}/graphql?query={orderCount}`)).status).toBe(400);
    expect((await post('application/json')).status).toBe(200);
  });
});

/** Fragments that triple at every level: few tokens, 3^levels fields, shallow enough. */
function multiplied(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, i) =>
    `fragment F${i} on Person { ${i + 1 < levels ? `friend { ...F${i + 1} } `.repeat(3) : 'name id'} }`);
  return `{ person(id: "1") { ...F0 } } ${fragments.join(' ')}`;
}
