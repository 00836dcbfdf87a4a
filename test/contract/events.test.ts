// Events and jobs: examples hold to their own schema, what is published is what is in code, and every trigger leads somewhere.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../ops/composition.js';
import { kebab } from '../../ops/generate/generated-files.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { publishedEvent } from '../../subgraphs/kernel/messaging/events.js';

const events = definitions.flatMap(({ name, events: own }) => own.map((event) => ({ subgraph: name, name: event.name, event })));
const jobs = definitions.flatMap(({ name, jobs: own }) => own.map((job) => ({ subgraph: name, name: job.name, job })));
const triggers = definitions.flatMap(({ name, triggers: own }) =>
  own.map((trigger) => ({ subgraph: name, from: trigger.event.name, to: trigger.job.name, trigger })));

it('there are some of each', () => {
  expect([events.length, jobs.length, triggers.length].map((count) => count > 0)).toEqual([true, true, true]);
});

describe.each(events)('event $name of $subgraph', ({ subgraph, event }) => {
  it('has an example that its own schema accepts', () => {
    expect(event.payload.safeParse(event.example)).toMatchObject({ success: true });
    expect(event.payload.safeParse({ nothing: 'of it' })).toMatchObject({ success: false });
  });

  it('is published as it is in code', () => {
    const published: unknown = JSON.parse(readSchemaFile(`events/${kebab(event.name)}.v${event.version}.json`));
    expect(published).toEqual(JSON.parse(JSON.stringify({ subgraph, ...publishedEvent(event) })));
  });

  it('is named in the past tense and described', () => {
    expect(event.name).toMatch(/^([A-Z][a-z]+)+$/);
    expect(event.name).toMatch(/(ed|sent|sold|paid|left|made)$/i);
    expect(event.description).toMatch(/\.$/);
  });
});

describe.each(jobs)('job $name', ({ subgraph, job }) => {
  it("is named after its subgraph, once, and limits how many run", () => {
    expect(job.name).toMatch(new RegExp(`^${subgraph}\\.[a-z][a-zA-Z.-]*$`));
    expect(jobs.filter(({ name }) => name === job.name)).toHaveLength(1);
    expect(job.concurrency).toBeGreaterThanOrEqual(1);
    expect(job.description).toMatch(/\.$/);
  });
});

describe.each(triggers)('$subgraph: $from starts $to', ({ subgraph, trigger }) => {
  it('names an event and a job that are declared', () => {
    expect(events.filter(({ event }) => event === trigger.event)).toHaveLength(1);
    expect(jobs.filter(({ job }) => job === trigger.job).map((one) => one.subgraph)).toEqual([subgraph]);
  });

  it('makes a payload the job accepts, with a key', () => {
    const payload = trigger.job.payload.parse(trigger.payload(newId(), trigger.event.example));
    expect(trigger.job.key(payload)).toMatch(/\S/);
  });
});

const reactions = definitions.flatMap(({ name, reactions: own }) => own.map((reaction) => ({ subgraph: name, event: reaction.event, reaction })));

it('some subgraph reacts to another', () => expect(reactions.length).toBeGreaterThan(0));

describe.each(reactions)('$subgraph reacts to $event', ({ subgraph, reaction }) => {
  it('reads the example that another subgraph publishes into a payload of a job of its own', () => {
    const published = JSON.parse(readSchemaFile(`events/${kebab(reaction.event)}.v${reaction.version}.json`)) as { subgraph: string; examples: unknown[] };
    expect(published.subgraph).toBe(reaction.from);
    expect(reaction.from).not.toBe(subgraph);
    expect(jobs.filter(({ job }) => job === reaction.job).map((one) => one.subgraph)).toEqual([subgraph]);
    for (const example of published.examples) {
      const payload = reaction.job.payload.parse(reaction.payload(newId(), example));
      expect(reaction.job.key(payload)).toMatch(/\S/);
    }
    expect(() => reaction.payload(newId(), { nothing: 'of it' })).toThrow();
  });
});

const publicEvents = definitions.flatMap(({ publicEvents: own = [] }) => own.map((event) => ({ type: event.type, event })));

it('tenants\' own programs are told of something', () => expect(publicEvents.length).toBeGreaterThan(3));

describe.each(publicEvents)('webhook $type', ({ event: { type, version, of, data, example, read } }) => {
  it('is made of the example that a subgraph publishes of an event in its feed, holds to its schema, and is published as it is in code', () => {
    expect(type).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(data.safeParse(example)).toMatchObject({ success: true });
    const published: unknown = JSON.parse(readSchemaFile(`events/webhooks/${type}.v${version}.json`));
    expect(published).toMatchObject({ type, version, of, examples: [example] });
    if (of === null) return;
    // Webhooks follow feeds: whatever is in none would never be told.
    expect(events.filter(({ subgraph, event }) => subgraph === of.from && event.name === of.event && event.version === of.version && event.feed)).toHaveLength(1);
    const { examples } = JSON.parse(readSchemaFile(`events/${kebab(of.event)}.v${of.version}.json`)) as { examples: unknown[] };
    for (const one of examples) expect(data.safeParse(read(one))).toMatchObject({ success: true });
    expect(() => read({ nothing: 'of it' })).toThrow();
  });
});
