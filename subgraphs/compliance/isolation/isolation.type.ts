// Drills in the graph.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { DrillFindingKind } from '../../kernel/data/drill.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { DrillRow } from './isolation.service.js';

export const IsolationDrillStateEnum: { [State in DrillRow['state']]: State } = { RUNNING: 'RUNNING', PASSED: 'PASSED', FAILED: 'FAILED' };
registerEnumType(IsolationDrillStateEnum, {
  name: 'IsolationDrillState',
  description: 'What is known of a drill.',
  valuesConfig: {
    RUNNING: { description: 'It is being run; ask again.' },
    PASSED: { description: 'Nothing crossed, and nothing was found by which something could.' },
    FAILED: { description: 'See `findings`. Not to have tried everything counts as failed.' },
  },
});

export const IsolationFindingKindEnum: { [Kind in DrillFindingKind]: Kind } = {
  CROSSING: 'CROSSING', POLICY_MISSING: 'POLICY_MISSING', POLICY_OPEN: 'POLICY_OPEN', POLICY_UNWRAPPED: 'POLICY_UNWRAPPED', NOT_FORCED: 'NOT_FORCED', KEY: 'KEY',
  ROLE: 'ROLE', VIEW: 'VIEW', FUNCTION: 'FUNCTION', RIGHT: 'RIGHT', UNTRIED: 'UNTRIED',
};
registerEnumType(IsolationFindingKindEnum, {
  name: 'IsolationFindingKind',
  description: 'What a drill found.',
  valuesConfig: {
    CROSSING: { description: 'One tenant reached a row of another. What was done was taken back.' },
    POLICY_MISSING: { description: 'A table has no policy, so that nobody sees its rows; or none where one must be.' },
    POLICY_OPEN: { description: 'A policy does not hold to the tenant, or to the person.' },
    POLICY_UNWRAPPED: { description: 'A policy is evaluated once per row and not once per statement: safe, and slow.' },
    NOT_FORCED: { description: 'Row-level security is off, or does not hold for the owner of a table.' },
    KEY: { description: 'A key does not start with the tenant, so that a row could refer to another tenant\'s.' },
    ROLE: { description: 'A database role may do more than it should, such as bypass row-level security.' },
    VIEW: { description: 'A view shows what its owner sees, and not what the caller does.' },
    FUNCTION: { description: 'A function runs with its owner\'s rights and is not on the list of those that may.' },
    RIGHT: { description: 'A role may touch what belongs to another subgraph, or goes round a policy.' },
    UNTRIED: { description: 'It was not tried: there was no time, or the database refused. Nothing is proved about it.' },
  },
});

@ObjectType({ description: 'Something that a drill found.' })
export class IsolationFinding {
  @Field(() => IsolationFindingKindEnum, { description: 'What kind of thing it is.' })
  kind!: DrillFindingKind;

  @Field(() => String, { description: 'The subgraph in whose database it is, e.g. `conversations`.' })
  subgraph!: string;

  @Field(() => String, { nullable: true, description: 'The table it is about, by its name in the database; null when it is about no single one.' })
  table!: string | null;

  @Field(() => String, { description: 'A sentence for an operator.' })
  text!: string;
}

@ObjectType({ description: 'What a drill tried on one subgraph.' })
export class IsolationDrillSubgraph {
  @Field(() => String, { description: 'Its name, e.g. `conversations`.' })
  subgraph!: string;

  @Field(() => Int, { description: 'Tables with rows of tenants, on each of which crossings were tried.' })
  tables!: number;

  @Field(() => Int, { description: 'Those in which the owner of a row got it by the same statement. The others are empty, or are only written.' })
  controlled!: number;

  @Field(() => Int, { description: 'Statements tried on behalf of the wrong tenant.' })
  attempts!: number;
}

@ObjectType('IsolationDrill', {
  description: 'A try of the walls between tenants on this installation: reading, changing, deleting, adding and giving away rows of one tenant on behalf of ' +
    'another one, in every table, by the login that serves requests. Everything is rolled back. Both tenants are picked at random.',
})
export class IsolationDrillType {
  @Field(() => ID, { description: 'Global id, `idr_…`.' })
  id!: string;

  @Field(() => IsolationDrillStateEnum, { description: 'Whether it has ended, and how.' })
  state!: DrillRow['state'];

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;

  @Field(() => [IsolationDrillSubgraph], { description: 'What was tried, subgraph by subgraph; empty while it runs.' })
  subgraphs!: object[];

  @Field(() => [IsolationFinding], { description: 'What was found, at most 100 of each subgraph; empty while it runs, and when it passed.' })
  findings!: object[];
}

@InputType({ description: 'How to drill.' })
export class IsolationDrillRunInput {
  @Field(() => Int, { nullable: true, description: 'How many seconds it may take in all, from 1 to 60; 30 when absent. Tables for which there is no time are findings.' })
  timeoutSeconds?: number | null;
}

@ObjectType({ implements: UserError, description: 'A drill is running already; one at a time.' })
export class IsolationDrillRunning extends UserError {}

@ObjectType({ description: 'What became of the request.' })
export class IsolationDrillRunPayload {
  @Field(() => IsolationDrillType, { nullable: true, description: 'The drill; null when there are errors.' })
  drill?: object | null;

  @Field(() => [UserError], { description: 'Why none was started: `InputInvalid`, `IsolationDrillRunning`; empty when one was.' })
  userErrors!: UserError[];
}
