// Erasing a tenant reaches every subgraph: each is asked, answers, and says of every table it keeps why.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../ops/composition.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { ANSWERING } from '../../subgraphs/tenancy/erasure/erasure.service.js';

it('waits for the answer of every subgraph there is', () => expect([...ANSWERING].sort()).toEqual(definitions.map(({ name }) => name).sort()));

describe.each(definitions.map((definition) => ({ name: definition.name, definition })))('$name', ({ name, definition: { erasure, jobs, events, triggers, reactions } }) => {
  it('is asked, and its answer is heard', () => {
    if (!erasure) throw new Error(`${name} erases nothing.`);
    expect([jobs.includes(erasure.job), events.includes(erasure.event)]).toEqual([true, true]);
    const asked = [...triggers.map(({ event, job }) => ({ event: event.name, job })), ...reactions].filter(({ event, job }) => event === 'TenantErasureOrdered' && job === erasure.job);
    const heard = definitions.flatMap((one) => [...one.triggers.map(({ event, job }) => ({ event: event.name, job })), ...one.reactions])
      .filter(({ event, job }) => event === erasure.event.name && job.name === 'tenancy.noteErasure');
    expect([asked.length, heard.length]).toEqual([1, 1]);
  });

  it('keeps tables that exist only', () => {
    const sql = readSchemaFile(`${name}.sql`);
    for (const table of Object.keys(erasure?.kept ?? {})) expect(sql).toMatch(new RegExp(`create table ${name}\\.${table} \\(`));
  });
});
