// Reads rover.yaml: the list of subgraphs that rover, composition and generation share.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../subgraphs/kernel/base/schema-files.js';

const roverFile = z.object({
  federation_version: z.string(),
  subgraphs: z.record(z.string(), z.object({ routing_url: z.url(), schema: z.object({ file: z.string() }) })),
});

export interface RoverSubgraph {
  name: string;
  routingUrl: string;
  /** Path of its SDL, relative to the project. */
  schemaFile: string;
}

/** The subgraphs in the file's order. @throws when the file is not what rover understands */
export function readRover(path: string = join(projectRoot, 'rover.yaml')): RoverSubgraph[] {
  const { subgraphs } = roverFile.parse(parse(readFileSync(path, 'utf8')));
  return Object.entries(subgraphs).map(([name, one]) => ({ name, routingUrl: one.routing_url, schemaFile: one.schema.file }));
}

/** Names of the subgraphs, without loading any of them. */
export const subgraphNames = (): string[] => readRover().map(({ name }) => name);

/** @throws naming what is in code and not in rover.yaml, or the other way round */
export function assertSameSubgraphs(inCode: readonly string[], inRover: readonly string[]): void {
  const onlyCode = inCode.filter((name) => !inRover.includes(name));
  const onlyRover = inRover.filter((name) => !inCode.includes(name));
  if (onlyCode.length + onlyRover.length === 0) return;
  const faults = [
    ...onlyCode.map((name) => `${name} is in ops/composition.ts and not in rover.yaml`),
    ...onlyRover.map((name) => `${name} is in rover.yaml and not in ops/composition.ts`),
  ];
  throw new Error(`The two lists of subgraphs differ: ${faults.join('; ')}.`);
}
