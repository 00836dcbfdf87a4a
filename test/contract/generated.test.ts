// What is committed under schema/ is what the code generates.
import 'reflect-metadata';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { definitions, migrationSets } from '../../ops/composition.js';
import { generatedFiles, ownedFiles } from '../../ops/generate/generated-files.js';
import { rolePresets } from '../../ops/generate/presets.js';
import { staleFiles, type GeneratedFiles } from '../../ops/generate/tree.js';
import { readRover } from '../../ops/rover.file.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { createTestDatabase, type TestDatabase } from '../kit/database.js';

let database: TestDatabase;
let files: GeneratedFiles;

beforeAll(async () => {
  database = await createTestDatabase(migrationSets());
  files = await generatedFiles({ definitions, rover: readRover(), presets: rolePresets, databaseUrl: database.adminUrl });
});
afterAll(() => database.drop());

it('is fresh: `npm run generate` would change nothing', () => {
  expect(files.size).toBeGreaterThan(15);
  expect(staleFiles(projectRoot, files, ownedFiles(true))).toEqual([]);
});

it('does not depend on the order in which subgraphs are asked', async () => {
  const reversed = await generatedFiles({ definitions: [...definitions].reverse(), rover: readRover(), presets: rolePresets, databaseUrl: database.adminUrl });
  for (const [path, content] of files) expect([path, reversed.get(path) === content]).toEqual([path, true]);
});
