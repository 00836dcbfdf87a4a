// Compares generated text with the files on disk, and writes what differs.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { byText } from './sdl.js';

/** Path relative to the project -> content. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** A folder whose files with this ending are all generated: any other such file is a left-over. */
export interface OwnedFiles {
  folder: string;
  ending: string;
}

export interface StaleFile {
  path: string;
  reason: 'missing' | 'differs' | 'left over';
  /** First difference, for a person. */
  hint: string;
}

/** What `npm run generate` would change under `root`, by path. */
export function staleFiles(root: string, files: GeneratedFiles, owned: readonly OwnedFiles[]): StaleFile[] {
  const stale: StaleFile[] = [];
  for (const [path, content] of files) {
    const absolute = join(root, path);
    if (!existsSync(absolute)) stale.push({ path, reason: 'missing', hint: `${content.split('\n').length} lines are to be written` });
    else {
      const present = readFileSync(absolute, 'utf8');
      if (present !== content) stale.push({ path, reason: 'differs', hint: firstDifference(present, content) });
    }
  }
  for (const { folder, ending } of owned) {
    const present = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
    for (const name of present) {
      const path = `${folder}/${name}`;
      if (name.endsWith(ending) && !files.has(path)) stale.push({ path, reason: 'left over', hint: 'nothing generates it any more' });
    }
  }
  return stale.sort((a, b) => byText(a.path, b.path));
}

/** Writes and removes until nothing is stale. @returns what was changed */
export function writeFiles(root: string, files: GeneratedFiles, owned: readonly OwnedFiles[]): StaleFile[] {
  const stale = staleFiles(root, files, owned);
  for (const { path } of stale) {
    const content = files.get(path);
    if (content === undefined) {
      rmSync(join(root, path));
      continue;
    }
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return stale;
}

function firstDifference(present: string, wanted: string): string {
  const [here, there] = [present.split('\n'), wanted.split('\n')];
  const at = there.findIndex((line, index) => line !== here[index]);
  const line = at < 0 ? there.length : at;
  const shown = (text: string | undefined): string => (text === undefined ? '(end of file)' : `\`${text.trim().slice(0, 160)}\``);
  return `line ${line + 1}: on disk ${shown(here[line])}, generated ${shown(there[line])}`;
}
