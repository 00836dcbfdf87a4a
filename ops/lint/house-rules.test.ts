// The house's lint rules fire on what they forbid, pass what they allow, and are switched on for every production file.
import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { house } from './house-rules.mjs';

const linter = new Linter();
const faults = (rule: string, code: string, filename = 'order.service.ts'): string[] =>
  linter.verify(code, [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser as Linter.Parser }, plugins: { house }, rules: { [`house/${rule}`]: 'error' } }], filename)
    .map(({ message }) => message);

describe('no-environment', () => {
  it.each([
    'const port = process.env.PORT;', "const port = process.env['PORT'];", 'const { env } = process;', 'start(process.env);',
    "import { env } from 'node:process';", "const all = process['env'];", 'const { PORT } = process.env;',
  ])('refuses %s', (code) => expect(faults('no-environment', code)).toHaveLength(1));

  it.each(["process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';", 'const id = process.pid;', 'const port = config.env.PORT;'])(
    'allows %s', (code) => expect(faults('no-environment', code)).toEqual([]),
  );

  it('is on for every production file but the readers themselves', async () => {
    const eslint = new ESLint({ cwd: projectRoot });
    const files = globSync('{gateway,subgraphs,workers,ops}/**/*.ts', { cwd: projectRoot })
      .filter((path) => !/\.(test|fixture)\.ts$|^ops\/lint\/fixtures\//.test(path));
    const exempt: string[] = [];
    for (const path of files) {
      const config = await eslint.calculateConfigForFile(join(projectRoot, path)) as { rules: Record<string, [number]> };
      if (config.rules['house/no-environment']?.[0] !== 2) exempt.push(path);
    }
    expect(files.length).toBeGreaterThan(100);
    expect(exempt.filter((path) => !path.startsWith('ops/postgres/'))).toEqual(['subgraphs/kernel/base/config.ts']);
  });
});

describe('header', () => {
  it('wants a line that says what the file is for', () => {
    expect(faults('header', "import x from 'x';\n// Later.\n")).toHaveLength(1);
    expect(faults('header', "// Orders.\nimport x from 'x';\n")).toEqual([]);
    expect(faults('header', '#!/usr/bin/env node\n// Orders.\n')).toEqual([]);
  });
});

describe('file-name', () => {
  it.each(['index.ts', 'utils.ts', 'orderService.ts', 'Order.type.ts', 'order_service.ts'])('refuses %s', (name) => {
    expect(faults('file-name', '', name)).toHaveLength(1);
  });

  it.each(['order.service.ts', 'webhook-delivery.entity.ts', '20261121-01-first.ts', 'whatsapp.channel.test.ts'])('allows %s', (name) => {
    expect(faults('file-name', '', name)).toEqual([]);
  });
});
