// Killed at every point of the crash tables, the whole product loses nothing, stores nothing twice and sends nothing twice.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { killTable, proveCrash, type CrashProof } from '../prove/crash.js';
import { crashTable, trialName, trials } from '../prove/crash.expectations.js';

const MINUTES = 60_000;

describe('killed and restarted on the same data', () => {
  let proof: CrashProof;

  beforeAll(async () => {
    proof = await proveCrash(true);
    process.stdout.write(`\n${killTable(proof).join('\n')}\n`);
  }, 4 * MINUTES);

  it('is killed at every point that a crash table names', () => {
    const killedAt = new Set(proof.results.filter(({ diedBy }) => diedBy === 'SIGKILL').map(({ point }) => point));
    expect([...killedAt].toSorted()).toEqual(crashTable.map(({ point }) => point).toSorted());
    expect(crashTable.length).toBeGreaterThan(0);
  });

  it.each(trials(true).map(trialName))('loses, doubles and repeats nothing at %s', (name) => {
    const result = proof.results.find((one) => one.name === name);
    expect(result ?? { faults: ['the trials before it did not come to their end'] }).toMatchObject({ faults: [] });
  });

  it('tells a subscriber that goes on after its last cursor every message once, in order, and leaves no job behind', () => {
    expect(proof.together).toEqual([]);
  });
});
