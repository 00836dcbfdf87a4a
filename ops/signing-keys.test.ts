// The command for signing keys, on a real database, and what it says when it cannot.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig, type Config } from '../subgraphs/kernel/base/config.js';
import { silentLogger } from '../subgraphs/kernel/base/logger.js';
import { createTestDatabase, type TestDatabase } from '../test/kit/database.js';
import { TEST_MASTER_KEY } from '../test/kit/subgraph.js';
import { auditKeysCommand, isAboutAuditKeys } from './audit-keys.js';
import { migrationSets } from './composition.js';
import { signingKeysCommand } from './signing-keys.js';

let database: TestDatabase;
let config: Config;
beforeAll(async () => {
  database = await createTestDatabase(migrationSets());
  config = readConfig({ DATABASE_URL: database.adminUrl, SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY, NODE_ENV: 'test' });
});
afterAll(() => database.drop());

const run = (...args: string[]): Promise<string[]> => signingKeysCommand(args, config, silentLogger);

describe('npm run keys', () => {
  it('lists, rotates and retires', async () => {
    expect(await run('list')).toEqual([]);
    expect(await run('rotate', '--now')).toEqual([expect.stringMatching(/^published [0-9a-f-]{36}; it signs from /)]);
    const [first = ''] = await run('list');
    const kid = first.slice(0, 36);
    expect(first).toMatch(/ {2}SIGNING {4}made /);
    await expect(run('retire', kid)).rejects.toThrow('signs: rotate first');
    await run('rotate', '--now');
    await expect(run('retire', kid)).rejects.toThrow(/may live until .*--now/);
    expect(await run('retire', kid, '--now')).toEqual([`retired ${kid}; gateways forget it within two minutes`]);
    expect(await run('list')).toEqual([expect.stringContaining('  SIGNING  '), expect.stringMatching(new RegExp(`^${kid} {2}RETIRED `))]);
  });

  it.each([[[]], [['list', 'x']], [['list', '--now']], [['retire']], [['retire', 'x']], [['rotate', 'x']], [['burn']]])('says how it is used for %j', async (args) => {
    await expect(run(...args)).rejects.toThrow('Usage: npm run keys -- list | rotate [--now] | retire <kid> [--now]');
  });

  it('lists and rotates the keys of the audit log, which vouch for one another', async () => {
    const audit = (...args: string[]): Promise<string[]> => auditKeysCommand(args, config, silentLogger);
    expect([isAboutAuditKeys(['rotate-audit']), isAboutAuditKeys(['rotate']), isAboutAuditKeys([])]).toEqual([true, false, false]);
    expect(await audit('list-audit')).toEqual([]);
    expect(await audit('rotate-audit')).toEqual([expect.stringMatching(/^made akey_\w{26}, endorsed by the key before/)]);
    const [first = '', second = ''] = await audit('list-audit');
    expect(first).not.toContain('endorsed');
    expect(second).toMatch(new RegExp(`endorsed by ${first.slice(0, 31)}$`));
    await expect(audit('rotate-audit', 'x')).rejects.toThrow('Usage: npm run keys -- ');
  });

  it('says that the embedded database must run', async () => {
    const embedded = readConfig({ SWITCHBOARD_DATA_DIR: '/nowhere', NODE_ENV: 'test' });
    await expect(signingKeysCommand(['list'], embedded, silentLogger)).rejects.toThrow('start the product first');
  });
});
