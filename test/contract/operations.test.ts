// The operations outside clients rely on stay valid against the graph.
import { describe, expect, it } from '@jest/globals';
import { Kind, NoDeprecatedCustomRule, parse, validate, type OperationDefinitionNode } from 'graphql';
import { readFileSync, readdirSync } from 'node:fs';
import { kebab } from '../../ops/generate/generated-files.js';
import { schemaPath } from '../../subgraphs/kernel/base/schema-files.js';
import { committedApiSchema } from '../kit/supergraph.js';

const files = readdirSync(schemaPath('operations')).sort();
const schema = committedApiSchema();
const documentOf = (file: string) => parse(readFileSync(schemaPath(`operations/${file}`), 'utf8'));

it('are the published ones', () => {
  expect(files).toEqual(expect.arrayContaining([
    'audit-trail.graphql', 'conversation-list.graphql', 'login.graphql', 'message-feed.graphql', 'message-send.graphql', 'message-status.graphql',
    'viewer.graphql',
  ]));
});

describe.each(files)('%s', (file) => {
  const document = documentOf(file);

  it('holds one operation, named like its file', () => {
    const names = document.definitions.filter((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION).map(({ name }) => name?.value);
    expect(names.map((name) => `${kebab(name ?? '')}.graphql`)).toEqual([file]);
  });

  it('is valid and uses nothing deprecated', () => {
    expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
    expect(validate(schema, document, [NoDeprecatedCustomRule]).map(({ message }) => message)).toEqual([]);
  });
});

it('would fail if a field were gone', () => {
  const document = parse(readFileSync(schemaPath('operations/viewer.graphql'), 'utf8').replace('permissions', 'permissionsThatAreGone'));
  expect(validate(schema, document)).toHaveLength(1);
});
