// Compiles all sources as the build does, without checking types, into a folder of its own: what runs apart from dist/ and from jest.
// `compiled.mjs --into <folder>` only compiles; `compiled.mjs <file.ts> [arguments]` also runs that file, then removes the folder.
import { spawn } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');
const SOURCES = '{gateway,subgraphs,workers,ops,test}/**/*.ts';
const LEFT_OUT = ['**/*.test.ts', '**/fixtures/**'];

function compile(into) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Alone a file does not show that the package holds ES modules.
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, noEmit: false };
  for (const file of globSync(SOURCES, { cwd: root, exclude: LEFT_OUT })) {
    const target = join(into, file.replace(/\.ts$/, '.js'));
    const source = join(root, file);
    const done = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions, fileName: source });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, done.outputText);
    if (done.sourceMapText) writeFileSync(`${target}.map`, done.sourceMapText.replace(/"sources":\["[^"]*"\]/, `"sources":[${JSON.stringify(relative(dirname(target), source))}]`));
  }
  writeFileSync(join(into, 'package.json'), '{"type":"module"}\n');
}

/** Inside the project, so that its packages and schema/ are found, and where git and the linter do not look. */
function freshFolder() {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'switchboard-compiled-'));
}

function run(file, args) {
  const into = freshFolder();
  const remove = () => rmSync(into, { recursive: true, force: true });
  compile(into);
  const entry = join(into, relative(root, resolve(file)).replace(/\.ts$/, '.js'));
  // What it starts runs the same code: nobody below compiles anew.
  const env = { ...process.env, SWITCHBOARD_TEST_COMPILED: into };
  const child = spawn(process.execPath, ['--enable-source-maps', '--expose-gc', entry, ...args], { stdio: 'inherit', cwd: root, env });
  // A Ctrl-C reaches the child too; this process waits for it to clear up.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => { remove(); throw error; });
  child.on('exit', (code, signal) => {
    remove();
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--into' && rest.length === 1) compile(resolve(rest[0]));
else if (first?.endsWith('.ts')) run(first, rest);
else {
  console.error('usage: compiled.mjs --into <folder> | compiled.mjs <file.ts> [arguments]');
  process.exitCode = 2;
}
