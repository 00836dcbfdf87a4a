// The names of the variables that kernel/base/config.ts, config.providers.ts and config.backup.ts know, read from their source: the list is nowhere else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { readRover } from '../rover.file.js';

/** @throws when the source no longer looks as this reader expects */
export function configVariables(): string[] {
  const read = (file: string): string => readFileSync(join(projectRoot, 'subgraphs/kernel/base', file), 'utf8');
  const source = read('config.ts');
  const body = /const environment = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(source)?.[1];
  if (body === undefined) throw new Error('config.ts no longer declares its variables as `const environment = z.object({ … });`.');
  const providers = /const providerVariables = \{\n([\s\S]*?)\n\};/.exec(read('config.providers.ts'))?.[1];
  if (providers === undefined) throw new Error('config.providers.ts no longer declares its variables as `const providerVariables = { … };`.');
  const backups = /const backupVariables = \{\n([\s\S]*?)\n\};/.exec(read('config.backup.ts'))?.[1];
  if (backups === undefined) throw new Error('config.backup.ts no longer declares its variables as `const backupVariables = { … };`.');
  const fixed = [...`${body}\n${providers}\n${backups}`.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map(([, name]) => name ?? '');
  // `variable(name, 'URL')`: one for each subgraph.
  const suffixes = new Set([...source.matchAll(/\bvariable\(name, '([A-Z_]+)'\)/g)].map(([, suffix]) => suffix ?? ''));
  if (fixed.length === 0 || suffixes.size === 0) throw new Error('config.ts no longer names its variables as this reader expects.');
  const own = readRover().flatMap(({ name }) => [...suffixes].map((suffix) => `${name.toUpperCase().replaceAll('-', '_')}_${suffix}`));
  return [...fixed, ...own].sort();
}
