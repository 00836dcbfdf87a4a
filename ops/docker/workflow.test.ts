// The workflow on GitHub: the README's own commands, on the oldest Node we promise, with pinned actions and no rights to spare.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

const step = z.strictObject({
  name: z.string().optional(), if: z.string().optional(), shell: z.literal('bash').optional(), uses: z.string().optional(), run: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
}).refine(({ uses, run }) => (uses === undefined) !== (run === undefined), { error: 'a step either uses an action or runs a command' });
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.record(z.string(), z.strictObject({
    'runs-on': z.string(), container: z.string().optional(), 'timeout-minutes': z.int(), steps: z.array(step).min(1),
  })),
});

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const { jobs, permissions } = workflow.parse(parse(read('.github/workflows/ci.yml')));
const steps = Object.values(jobs).flatMap((job) => job.steps);
const commands = (name: string): string => (jobs[name]?.steps ?? []).map(({ run }) => run ?? '').join('\n');

describe('the workflow', () => {
  it('runs the two commands of the README with the oldest Node that package.json allows', () => {
    const readme = read('README.md');
    for (const [job, command] of [['start', 'npm ci && npm start'], ['test', 'npm ci && npm test']] as const) {
      expect(readme).toContain(command);
      expect(command.split(' && ').filter((one) => !commands(job).includes(one))).toEqual([]);
      const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
      expect(jobs[job]?.steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'))?.with?.['node-version']).toBe(Number(engines.node.replace('>=', '')));
    }
  });

  it('runs scripts that exist', () => {
    const paths = [...steps.map(({ run }) => run ?? '').join('\n').matchAll(/(?<![\w/])(?:\.ci|ops)\/[\w./-]+/g)].map(([path]) => path);
    expect(paths).toEqual(expect.arrayContaining(['.ci/run', 'ops/docker/make-secrets.mjs']));
    expect(paths.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });

  it('pins what it runs on and may only read', () => {
    expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !/@v\d+$/.test(uses))).toEqual([]);
    expect(Object.values(jobs).map((job) => job['runs-on']).filter((image) => !/-\d+\.\d+$/.test(image))).toEqual([]);
    expect(permissions).toEqual({ contents: 'read' });
  });
});
