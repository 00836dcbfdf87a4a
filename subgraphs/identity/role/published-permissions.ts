// Every permission there is, as generated from the subgraphs' own declarations.
import { z } from 'zod';
import { readSchemaFile } from '../../kernel/base/schema-files.js';

const fileSchema = z.record(z.string(), z.object({ subgraph: z.string(), description: z.string() }));

/** The permission names of a permissions file, sorted. @throws when it is not one */
export const permissionNames = (text: string): string[] => Object.keys(fileSchema.parse(JSON.parse(text))).sort();

let names: readonly string[] | null = null;

/** The names in `schema/permissions.json`, read once. */
export function publishedPermissions(): readonly string[] {
  names ??= permissionNames(readSchemaFile('permissions.json'));
  return names;
}
