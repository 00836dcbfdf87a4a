// The list of subgraphs in code, in rover.yaml and on disk is one list.
import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { definitions, migrationSets } from '../../ops/composition.js';
import { readRover } from '../../ops/rover.file.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

const names = definitions.map(({ name }) => name);

it('rover.yaml names the subgraphs of ops/composition.ts, in its order', () => {
  expect(names).toHaveLength(5);
  expect(readRover().map(({ name }) => name)).toEqual(names);
});

it('every folder under subgraphs/ but the kernel is one of them', () => {
  const folders = readdirSync(join(projectRoot, 'subgraphs'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect(folders.filter((folder) => folder !== 'kernel').sort()).toEqual([...names].sort());
});

it('rover.yaml composes with the version this project pins', () => {
  const pinned = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')));
  expect(readFileSync(join(projectRoot, 'rover.yaml'), 'utf8')).toContain(`federation_version: =${pinned.dependencies['@apollo/composition'] ?? 'none'}\n`);
});

it('every subgraph has a history of migrations, in order and named once', () => {
  for (const { schema, migrations } of migrationSets()) {
    const applied = migrations.map(({ name }) => name);
    expect([schema, applied.length > 0, [...new Set(applied)].sort()]).toEqual([schema, true, applied]);
  }
});
