// Capabilities are found where they are, and only there.
import { afterAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturesPath, redisServerPath } from './capabilities.js';
import { when } from './when.js';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-when-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('finding', () => {
  it('redis-server on the PATH, when it may be run', () => {
    const server = join(folder, 'redis-server');
    writeFileSync(server, '#!/bin/sh\n', { mode: 0o644 });
    chmodSync(server, 0o755);
    expect(redisServerPath({ PATH: `/nowhere:${folder}` })).toBe(server);
    expect(redisServerPath({ PATH: '/nowhere' })).toBeNull();
    expect(redisServerPath({})).toBeNull();
  });

  it('the fixtures where SWITCHBOARD_FIXTURES says', () => {
    expect(fixturesPath({ SWITCHBOARD_FIXTURES: folder })).toBe(folder);
    expect(fixturesPath({ SWITCHBOARD_FIXTURES: join(folder, 'absent') })).toBeNull();
  });
});

when('fixtures', 'with fixtures', (path) => {
  it('the body gets their folder', () => expect(path).toBe(fixturesPath()));
});
