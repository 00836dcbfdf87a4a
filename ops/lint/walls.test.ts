// Each wall fires on its own violation, lets the permitted tree through, and guards real files of this project.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

interface Seen {
  modules: string[];
  violations: { rule: string; from: string; to: string }[];
}
interface WallRule {
  name: string;
  from: { path: string; pathNot?: string };
}

const FIXTURES = 'ops/lint/fixtures/walls';
const { forbidden } = createRequire(import.meta.url)('./dependency-cruiser.cjs') as { forbidden: WallRule[] };
const fixtures = readdirSync(join(projectRoot, FIXTURES));

describe('the walls', () => {
  let results: Record<string, Seen>;
  const seen = (tree: string): Seen => {
    const result = results[tree];
    if (!result) throw new Error(`Nothing was cruised in ${tree}.`);
    return result;
  };

  beforeAll(() => {
    // In a process of its own: the cruiser loads a compiler of its own.
    const trees = ['.', ...fixtures.map((name) => `${FIXTURES}/${name}`)];
    const done = spawnSync(process.execPath, ['ops/lint/cruise.mjs', '--tree', ...trees], { cwd: projectRoot, encoding: 'utf8', maxBuffer: 1e8 });
    if (done.status !== 0) throw new Error(done.stderr);
    results = JSON.parse(done.stdout) as Record<string, Seen>;
  });

  it('have one violation fixture each', () => {
    expect(fixtures.filter((name) => name !== 'permitted').sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  it.each(forbidden.map(({ name }) => name))('%s fires on its fixture, and no other does', (rule) => {
    expect(seen(`${FIXTURES}/${rule}`).violations.map((violation) => violation.rule)).toEqual([rule]);
  });

  it('let through what the plan permits', () => {
    const { modules, violations } = seen(`${FIXTURES}/permitted`);
    expect(modules.length).toBeGreaterThanOrEqual(15);
    expect(violations).toEqual([]);
  });

  it('are not broken anywhere in this project', () => {
    const { modules, violations } = seen('.');
    expect(modules.length).toBeGreaterThan(100);
    expect(violations).toEqual([]);
  });

  it.each(forbidden)('$name guards files that exist', ({ from }) => {
    const guarded = seen('.').modules.filter((path) =>
      new RegExp(from.path).test(path) && !(from.pathNot !== undefined && new RegExp(from.pathNot).test(path)));
    expect(guarded.length).toBeGreaterThan(0);
  });
});
