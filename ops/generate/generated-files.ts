// Everything under schema/ that follows from the subgraphs' values: the same input gives the same bytes.
import { publishedWebhook } from '../../subgraphs/kernel/messaging/public-events.js';
import { publishedEvent } from '../../subgraphs/kernel/messaging/events.js';
import type { SubgraphDefinition } from '../../subgraphs/kernel/graphql/subgraph.js';
import { assertSameSubgraphs, type RoverSubgraph } from '../rover.file.js';
import { describeDatabase } from './database-description.js';
import { permissionsOf, permissionsPage, type Presets } from './permissions.js';
import { byText, subgraphSdl } from './sdl.js';
import { composeSupergraph } from './supergraph.js';
import type { GeneratedFiles, OwnedFiles } from './tree.js';

export interface GenerationInput {
  definitions: readonly SubgraphDefinition[];
  rover: readonly RoverSubgraph[];
  /** Role presets by name, made from the permissions just declared. */
  presets: (permissions: readonly string[]) => Presets;
  /** Superuser URL of a migrated database; null leaves the SQL descriptions out. */
  databaseUrl: string | null;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export const kebab = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();

/** Folders in which every file of an ending is generated. */
export const ownedFiles = (withDatabase: boolean): OwnedFiles[] => [
  { folder: 'schema', ending: '.graphql' },
  { folder: 'schema/events', ending: '.json' },
  { folder: 'schema/events/webhooks', ending: '.json' },
  ...(withDatabase ? [{ folder: 'schema', ending: '.sql' }] : []),
];

/** @throws CompositionError, or an error that names what two subgraphs disagree about */
export async function generatedFiles({ definitions, rover, presets, databaseUrl }: GenerationInput): Promise<GeneratedFiles> {
  assertSameSubgraphs(definitions.map(({ name }) => name), rover.map(({ name }) => name));
  const files = new Map<string, string>();
  const services = [];
  for (const definition of definitions) {
    const place = rover.find(({ name }) => name === definition.name);
    if (!place) throw new Error(`${definition.name} is not in rover.yaml.`);
    const sdl = await subgraphSdl(definition);
    files.set(place.schemaFile, sdl);
    services.push({ name: definition.name, url: place.routingUrl, sdl });
  }
  files.set('schema/supergraph.graphql', composeSupergraph(services));
  const permissions = permissionsOf(definitions);
  files.set('schema/permissions.json', json(permissions));
  files.set('schema/permissions.md', permissionsPage(definitions, presets(Object.keys(permissions))));
  files.set('schema/routes.json', json(routesOf(definitions)));
  files.set('schema/migrations.json', json(Object.fromEntries(definitions.map(({ name, migrations }) => [name, migrations.map((one) => one.name)] as const).sort(([a], [b]) => byText(a, b)))));
  for (const [path, content] of eventFiles(definitions)) files.set(path, content);
  for (const event of definitions.flatMap(({ publicEvents = [] }) => publicEvents)) files.set(`schema/events/webhooks/${event.type}.v${event.version}.json`, json(publishedWebhook(event)));
  if (databaseUrl !== null) {
    const described = await describeDatabase(databaseUrl, definitions.map(({ name }) => name));
    for (const [name, sql] of described) files.set(`schema/${name}.sql`, sql);
  }
  return files;
}

const routesOf = (definitions: readonly SubgraphDefinition[]): unknown[] =>
  definitions.flatMap(({ name, routes }) => routes.map((route) => ({ ...route, subgraph: name })))
    .sort((a, b) => byText(`${a.subgraph} ${a.name}`, `${b.subgraph} ${b.name}`))
    .map(({ name, subgraph, method, path, auth, maxBytes, timeoutMs }) => ({ name, subgraph, method, path, auth, maxBytes, timeoutMs }));

function eventFiles(definitions: readonly SubgraphDefinition[]): [string, string][] {
  const owners = new Map<string, string>();
  return definitions.flatMap(({ name, events }) => events.map((event): [string, string] => {
    const path = `schema/events/${kebab(event.name)}.v${event.version}.json`;
    const other = owners.get(path);
    if (other) throw new Error(`The event ${event.name} v${event.version} is published by ${other} and by ${name}.`);
    owners.set(path, name);
    return [path, json({ subgraph: name, ...publishedEvent(event) })];
  }));
}
