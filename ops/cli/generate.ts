// `npm run generate`: writes schema/ from the subgraphs. `--check` writes nothing and names what is stale.
import 'reflect-metadata';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { definitions, migrationSets } from '../composition.js';
import { generatedFiles, ownedFiles } from '../generate/generated-files.js';
import { rolePresets } from '../generate/presets.js';
import { withScratchDatabase } from '../generate/scratch-database.js';
import { staleFiles, writeFiles } from '../generate/tree.js';
import { readRover } from '../rover.file.js';

const USAGE = 'usage: generate [--check] [--no-database]';

async function main(args: string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--check' && arg !== '--no-database');
  if (unknown.length > 0) {
    console.error(`${USAGE}\nUnknown: ${unknown.join(' ')}`);
    return 2;
  }
  const check = args.includes('--check');
  const withDatabase = !args.includes('--no-database');
  const produce = (databaseUrl: string | null) => generatedFiles({ definitions, rover: readRover(), presets: rolePresets, databaseUrl });
  const files = withDatabase ? await withScratchDatabase(migrationSets(), () => undefined, produce) : await produce(null);
  const stale = (check ? staleFiles : writeFiles)(projectRoot, files, ownedFiles(withDatabase));
  for (const { path, reason, hint } of stale) console.log(`${path}: ${reason} (${hint})`);
  if (check && stale.length > 0) {
    console.error(`${stale.length} of ${files.size} generated files are stale: run \`npm run generate\` and commit the result.`);
    return 1;
  }
  console.log(check ? `${files.size} generated files are fresh.` : `${files.size} generated files, ${stale.length} changed.`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => { process.exitCode = code; },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
