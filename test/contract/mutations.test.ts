// Every mutation is declared for the audit trail, leaves its event even when refused, and has the shape of all others.
import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  GraphQLNonNull, GraphQLString, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType, type GraphQLInputType,
} from 'graphql';
import { Client } from 'pg';
import { modules } from '../../ops/composition.js';
import { anonymous } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { guarded, unguardedSchema } from '../../subgraphs/kernel/graphql/federate.js';
import { AUDIT_TYPES, type StagedAudit } from '../../subgraphs/kernel/messaging/audit.js';
import { committedApiSchema } from '../kit/supergraph.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';

const all: readonly SubgraphModule[] = modules;
const mutating = all.filter(({ definition }) => Object.keys(definition.mutations).length > 0).map((module) => ({ name: module.definition.name, module }));

/** Some value of a type: enough to reach the resolver. */
function sample(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(type.ofType as GraphQLInputType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    return Object.fromEntries(Object.values(type.getFields()).filter((field) => isNonNullType(field.type)).map((field) => [field.name, sample(field.type)]));
  }
  return { Boolean: true, Int: 1, Float: 1, BigInt: '1', DateTimeISO: '2026-01-01T00:00:00.000Z' }[type.name] ?? 'contract';
}

it('some subgraph has mutations', () => expect(mutating.length).toBeGreaterThan(1));

describe.each(mutating)('$name', ({ module }) => {
  const { definition } = module;
  const mutations = Object.entries(definition.mutations).map(([field, declaration]) => ({ field, declaration }));
  let subgraph: TestSubgraph<unknown>;
  let admin: Client;

  beforeAll(async () => {
    subgraph = await bootSubgraph(module);
    admin = new Client({ connectionString: subgraph.database.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await subgraph.close();
  });

  const audits = async (): Promise<StagedAudit[]> => {
    const { name } = definition;
    const found = await admin.query<{ event: StagedAudit }>(`select event from ${name}.audit_staging union all select event from ${name}.platform_audit_staging`);
    await admin.query(`truncate ${name}.audit_staging, ${name}.platform_audit_staging`);
    return found.rows.map(({ event }) => event);
  };

  /** Everything in the subgraph's tables, as one text: equal before and after a refusal. */
  const written = async (): Promise<string> => {
    const { rows: tables } = await admin.query<{ name: string }>(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1 order by 1`, [definition.name]);
    const digests = tables.map(({ name }) => `(select coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from ${name} t)`);
    return (await admin.query<{ all: string }>(`select concat_ws('|', ${digests.join(', ')}) as all`)).rows[0]?.all ?? '';
  };

  it('declares each of its mutations', async () => {
    const fields = Object.keys((await unguardedSchema(definition, {})).getMutationType()?.getFields() ?? {});
    expect(mutations.map(({ field }) => field).sort()).toEqual(fields.sort());
  });

  it('does not start with a mutation that is not declared', async () => {
    const [{ field } = { field: '' }] = mutations;
    const rest = Object.fromEntries(Object.entries(definition.mutations).filter(([name]) => name !== field));
    const base = await unguardedSchema(definition, {});
    expect(() => guarded(base, { ...definition, mutations: rest })).toThrow(`mutations without an audit declaration: ${field}`);
  });

  describe.each(mutations)('$field', ({ field, declaration }) => {
    it('declares a dotted action, a type and a resource of the graph', () => {
      expect(declaration.action).toMatch(/^[a-z_]+(\.[a-z_]+)+$/);
      expect(AUDIT_TYPES).toContain(declaration.type);
      expect([declaration.resource, declaration.resource in definition.ids]).toEqual([declaration.resource, true]);
    });

    it('stages exactly one event of its own, also when it is refused; none for who is not signed in where that is needed', async () => {
      const rule = definition.rules['Mutation']?.[field];
      const input = (await unguardedSchema(definition, {})).getMutationType()?.getFields()[field]?.args[0];
      if (!input) throw new Error(`${field} takes no input.`);
      await audits();
      const before = await written();
      const actor = rule?.kind === 'permission' ? person(newId(), []) : anonymous('127.0.0.1', 'test');
      const result = await subgraph.ask(
        `mutation Contract($input: ${String(input.type)}) { ${field}(input: $input) { __typename userErrors { code } } }`, { input: sample(input.type) }, actor,
      );
      const payload = result.data?.[field] as { userErrors: unknown[] } | null | undefined;
      const events = await audits();
      const own = { action: declaration.action, type: declaration.type, resource: { type: declaration.resource } };
      expect(events).toMatchObject(rule?.kind === 'permission' || rule?.kind === 'open' ? [own] : []);
      if (rule?.kind === 'open') {
        expect([payload?.userErrors.length, events[0]?.outcome]).toEqual([1, 'FAILURE']);
      } else {
        expect(await written()).toBe(before);
        expect(result.errors?.[0]?.extensions).toMatchObject({ code: rule?.kind === 'permission' ? 'FORBIDDEN' : 'UNAUTHENTICATED' });
        expect([payload, events[0]?.outcome]).toEqual([null, rule?.kind === 'permission' ? 'DENIED' : undefined]);
      }
    });
  });
});

describe('the shape of', () => {
  const fields = Object.values(committedApiSchema().getMutationType()?.getFields() ?? {}).map((field) => ({ name: field.name, field }));

  it('some mutations', () => expect(fields.length).toBeGreaterThan(2));

  it.each(fields)('$name: one input, one nullable payload with userErrors', ({ name, field }) => {
    const Name = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
    expect(field.args.map((arg) => `${arg.name}: ${String(arg.type)}`)).toEqual([`input: ${Name}Input!`]);
    expect(String(field.type)).toBe(`${Name}Payload`);
    const payload = getNamedType(field.type);
    if (!isObjectType(payload)) throw new Error(`${Name}Payload is not an object type.`);
    expect(String(payload.getFields()['userErrors']?.type)).toBe('[UserError!]!');
    const others = Object.values(payload.getFields()).filter((one) => one.name !== 'userErrors');
    expect(others.filter((one) => one.type instanceof GraphQLNonNull).map((one) => one.name)).toEqual([]);
    expect(others.length).toBeGreaterThan(0);
  });

  it('userErrors: a message, a code, a path', () => {
    const type = committedApiSchema().getType('UserError');
    const shape = type && 'getFields' in type ? Object.fromEntries(Object.values(type.getFields()).map((one) => [one.name, String(one.type)])) : {};
    expect(shape).toEqual({ message: String(new GraphQLNonNull(GraphQLString)), code: 'ErrorCode!', field: '[String!]' });
  });
});
