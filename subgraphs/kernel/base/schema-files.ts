// Reads the committed, generated truth under `schema/`, from source and from dist alike.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'rover.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('rover.yaml was not found in any folder above the program.');
    folder = parent;
  }
  return folder;
}

/** The folder that holds package.json, rover.yaml and schema/. */
export const projectRoot: string = findRoot();

export const schemaPath = (name: string): string => join(projectRoot, 'schema', name);
export const readSchemaFile = (name: string): string => readFileSync(schemaPath(name), 'utf8');
