// `npm test`: types and lint side by side, then every test, those of the walls and of generated files among them, ending in jest's summary.
// `npm test -- commerce` skips the static checks and runs the tests whose path matches.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const node = process.execPath;
const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);

/** Runs node with `args`. Output is collected, or shown as it comes when `live`. */
function run(name, args, live = false, env = {}) {
  const begun = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const ok = code === 0;
      if (!live) {
        console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds(begun)} s)`);
        if (!ok) console.log(Buffer.concat(output).toString('utf8').trimEnd());
      }
      resolve({ name, ok, code: code ?? (signal ? 1 : 0) });
    });
  });
}

/** Compiled here, apart from dist/, which a running product may be using; tests that start processes run them from here. */
const COMPILED = resolve('node_modules/.cache/switchboard-test');

async function staticChecks() {
  rmSync(COMPILED, { recursive: true, force: true });
  mkdirSync(COMPILED, { recursive: true });
  writeFileSync(`${COMPILED}/package.json`, '{"type":"module"}\n');
  const lint = run('lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.']);
  const types = await run('types', ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.json', '--noEmit', 'false', '--outDir', COMPILED]);
  const promises = await run('promises', ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--threads=1', '.'], false, { GOMAXPROCS: '2' });
  return [await lint, types, promises].filter(({ ok }) => !ok).map(({ name }) => name);
}

async function main(args) {
  const chosen = args.some((arg) => !arg.startsWith('-'));
  const failed = chosen ? [] : await staticChecks();
  const tests = await run('tests', [
    '--import', './test/kit/typescript.mjs', 'node_modules/jest/bin/jest.js', ...args,
  ], true, chosen || failed.includes('types') ? {} : { SWITCHBOARD_TEST_COMPILED: COMPILED });
  // On success jest's summary is the last thing to read; it shows its own failures too.
  if (failed.length > 0) console.error(`Failed besides the tests: ${failed.join(', ')}.`);
  return failed.length === 0 && tests.ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
