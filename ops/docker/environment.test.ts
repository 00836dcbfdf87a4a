// env.example names exactly the variables that the program and docker-compose.yml know, with their real defaults and no secret.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { readRover } from '../rover.file.js';
import { interpolated } from './compose.schema.fixture.js';
import { configVariables } from './config.variables.fixture.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

/** Category -> variable -> value. */
function categories(text: string): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const title = /^# == (.+) ==$/.exec(line)?.[1];
    const [, name, value] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (title !== undefined) found.set(title, (current = new Map()));
    if (name === undefined) continue;
    if (!current) throw new Error(`${name} stands before the first category.`);
    if ([...found.values()].some((one) => one.has(name))) throw new Error(`${name} stands there twice.`);
    current.set(name, value ?? '');
  }
  return found;
}

const example = categories(read('ops/docker/env.example'));
const compose = example.get('Compose') ?? new Map<string, string>();
const program = new Map([...example].filter(([title]) => title !== 'Compose').flatMap(([, variables]) => [...variables]));

describe('env.example', () => {
  it('names every variable of the configuration, and no other', () => {
    expect([...program.keys()].sort()).toEqual(configVariables());
  });

  it('names every variable of docker-compose.yml that is not the program\'s', () => {
    const known = configVariables();
    expect([...compose.keys()].sort()).toEqual(interpolated(read('docker-compose.yml')).filter((name) => !known.includes(name)));
  });

  it('shows defaults that change nothing when they are set', () => {
    const subgraphs = readRover().map(({ name }) => name);
    const given = Object.fromEntries([...program].filter(([name]) => !name.endsWith('_URL')));
    expect(readConfig(given, subgraphs)).toEqual(readConfig({}, subgraphs));
  });

  it('shows the addresses of rover.yaml, which the configuration takes', () => {
    const rover = readRover().map(({ name, routingUrl }) => [name, new URL(routingUrl).origin] as const);
    const config = readConfig(Object.fromEntries(program), rover.map(([name]) => name));
    expect(config.subgraphUrls).toEqual(Object.fromEntries(rover));
  });

  it('holds no secret', () => {
    const secret = [...program].filter(([name]) => /(KEY|PASSWORD|SECRET|TOKEN)(_FILE)?$/.test(name));
    expect(secret.length).toBeGreaterThan(0);
    expect(secret.filter(([, value]) => value !== '')).toEqual([]);
    expect([...program].filter(([, value]) => /:\/\/[^/]*@/.test(value))).toEqual([]);
  });
});

describe('the reader of the example', () => {
  it('refuses a variable that stands there twice', () => {
    expect(() => categories('# == A ==\nPORT=1\n# == B ==\n#PORT=2')).toThrow('PORT stands there twice.');
  });
});
