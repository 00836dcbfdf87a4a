// Erasing a tenant, and handing it all it has, reach every subgraph: each is asked, answers, and says of every table it keeps or column it withholds why.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../ops/composition.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { KERNEL_WITHHELD } from '../../subgraphs/kernel/data/tenant-lines.js';
import { ANSWERING } from '../../subgraphs/tenancy/erasure/erasure.service.js';

/** The columns of every table with a tenant, with their types. */
const columnsOf = (subgraph: string): { table: string; column: string; type: string }[] =>
  [...readSchemaFile(`${subgraph}.sql`).matchAll(/create table \w+\.(\w+) \((.*?)\n\)/gs)].flatMap(([, table = '', body = '']) => {
    const columns = body.split('\n').map((line) => line.trim().split(' ')).filter(([name]) => name && name !== 'constraint').map(([column = '', type = '']) => ({ table, column, type }));
    return columns.some(({ column }) => column === 'tenant_id') ? columns : [];
  });
/** What a secret is called, or what it may be made of. */
const SECRETIVE = /(^|_)(secret|hash|hashes|token|password|credential|credentials|sealed|wrapped|private|signature|salt|code|jwk|key)(_|$)/;

/** The name of a thing, whatever that is; and what a provider says went wrong. */
const NAMES = /_id$|^error_code$/;

it('waits for the answer of every subgraph there is', () => expect([...ANSWERING].sort()).toEqual(definitions.map(({ name }) => name).sort()));

describe.each(definitions.map((definition) => ({ name: definition.name, definition })))('$name', ({ name, definition: { erasure, tenantExport, sealed = [], jobs, events, triggers, reactions } }) => {
  it('is asked, and its answer is heard', () => {
    if (!erasure) throw new Error(`${name} erases nothing.`);
    expect([jobs.includes(erasure.job), events.includes(erasure.event)]).toEqual([true, true]);
    const asked = [...triggers.map(({ event, job }) => ({ event: event.name, job })), ...reactions].filter(({ event, job }) => event === 'TenantErasureOrdered' && job === erasure.job);
    const heard = definitions.flatMap((one) => [...one.triggers.map(({ event, job }) => ({ event: event.name, job })), ...one.reactions])
      .filter(({ event, job }) => event === erasure.event.name && job.name === 'tenancy.noteErasure');
    expect([asked.length, heard.length]).toEqual([1, 1]);
  });

  it('is asked for what a tenant has, and its answer is heard', () => {
    if (!tenantExport) throw new Error(`${name} hands out nothing.`);
    expect([jobs.includes(tenantExport.job), events.includes(tenantExport.event)]).toEqual([true, true]);
    const asked = [...triggers.map(({ event, job }) => ({ event: event.name, job })), ...reactions].filter(({ event, job }) => event === 'TenantExportOrdered' && job === tenantExport.job);
    const heard = definitions.flatMap((one) => [...one.triggers.map(({ event, job }) => ({ event: event.name, job })), ...one.reactions])
      .filter(({ event, job }) => event === tenantExport.event.name && job.name === 'tenancy.noteExportPart');
    expect([asked.length, heard.length]).toEqual([1, 1]);
  });

  it('says of every column that is sealed, is bytes, or is called like a secret, whether it goes out', () => {
    const { withheld = {}, shown = {} } = tenantExport ?? {};
    const columns = columnsOf(name).filter(({ table }) => !Object.hasOwn(KERNEL_WITHHELD, table) && !Object.hasOwn(withheld, table));
    const isSealed = (table: string, column: string): boolean => sealed.some((one) => one.table === table && one.column === column);
    const named = columns.filter(({ table, column, type }) => type === 'bytea' || (SECRETIVE.test(column) && !NAMES.test(column)) || isSealed(table, column)).map(({ table, column }) => `${table}.${column}`);
    const declared = [...Object.keys(withheld), ...Object.keys(shown)];
    expect(named.filter((column) => !declared.includes(column))).toEqual([]);
    // And nothing is declared that does not exist, or twice.
    expect(declared.filter((column) => !columns.some((one) => `${one.table}.${one.column}` === column))).toEqual([]);
    expect(new Set(declared).size).toBe(declared.length);
  });

  it('keeps tables that exist only', () => {
    const sql = readSchemaFile(`${name}.sql`);
    for (const table of Object.keys(erasure?.kept ?? {})) expect(sql).toMatch(new RegExp(`create table ${name}\\.${table} \\(`));
  });
});
