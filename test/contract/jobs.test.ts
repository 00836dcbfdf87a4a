// Every job a subgraph declares has exactly one processor, and no processor waits for a job that nobody declares.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../ops/composition.js';
import { processedJobs } from '../../workers/registry.js';

const declared = definitions.flatMap(({ name, jobs }) => jobs.map((job) => ({ subgraph: name, name: job.name, job })));

it('there are jobs', () => expect(declared.length).toBeGreaterThan(1));

describe.each(declared)('$name', ({ job }) => {
  it('has exactly one processor', () => expect(processedJobs.filter((processed) => processed === job)).toHaveLength(1));
});

it('no processor is left over', () => {
  expect(processedJobs.map(({ name }) => name).sort()).toEqual(declared.map(({ name }) => name).sort());
});
