// Runs the walls over a tree. `node ops/lint/cruise.mjs` judges this project; `--tree <folder>...` prints JSON for each folder.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';

const { forbidden, options: { enhancedResolveOptions: resolveOptions, ...options } } = createRequire(import.meta.url)('./dependency-cruiser.cjs');
const ROOMS = ['gateway', 'subgraphs', 'workers', 'ops', 'test'];
/** Fewer modules than this and the guard looked at the wrong place. */
const FEWEST_MODULES = 100;

/** @param {string} baseDir folder that holds the rooms @returns {Promise<{ modules: string[], violations: { rule: string, from: string, to: string }[] }>} */
export async function walls(baseDir) {
  const rooms = ROOMS.filter((room) => existsSync(join(baseDir, room)));
  const { output } = await cruise(
    rooms,
    { ...options, baseDir, validate: true, ruleSet: { forbidden } },
    resolveOptions,
    { tsConfig: { options: {} } },
  );
  return {
    modules: output.modules.map(({ source }) => source).filter((source) => ROOMS.some((room) => source.startsWith(`${room}/`))),
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

async function main([mode, ...folders]) {
  if (mode === '--tree') {
    const results = {};
    for (const folder of folders) results[folder] = await walls(resolve(folder));
    process.stdout.write(JSON.stringify(results));
    return 0;
  }
  const { modules, violations } = await walls(process.cwd());
  for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
  if (modules.length < FEWEST_MODULES) {
    console.error(`The walls saw ${modules.length} modules, fewer than ${FEWEST_MODULES}: they guard nothing.`);
    return 1;
  }
  console.log(`walls: ${modules.length} modules, ${violations.length} violations`);
  return violations.length > 0 ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main(process.argv.slice(2));
