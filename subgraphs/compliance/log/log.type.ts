// The log in the graph: checkpoints, proofs and verifications.
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { Finding } from './log.entity.js';
import type { VerificationRow } from './verification.service.js';

@ObjectType({ description: 'A signed statement of what the audit log was at a size. Keep it elsewhere: a log that was cut or rewritten does not continue it.' })
export class AuditCheckpoint {
  @Field(() => BigIntScalar, { description: 'How many entries it covers.' })
  size!: bigint | string;

  @Field(() => String, { description: 'Root of the Merkle tree (RFC 6962) over those entries, in hexadecimal.' })
  root!: string | Uint8Array;

  @Field(() => String, { description: 'The signed note (c2sp.org/tlog-checkpoint), as verifiers take it; its keys are at `/.well-known/switchboard-audit-keys`.' })
  note!: string;

  @Field(() => DateTime, { description: 'When it was signed.' })
  signedAt!: Date;
}

@ObjectType({ description: 'Proof that an event is in the audit log: hash `entry`, combine it with `path`, and compare with the root of `checkpoint`.' })
export class AuditProof {
  @Field(() => BigIntScalar, { description: 'Its place in the log, from 0.' })
  position!: bigint;

  @Field(() => String, { description: 'The entry as the log has it: canonical JSON (RFC 8785), byte for byte.' })
  entry!: string;

  @Field(() => String, { description: 'SHA-256 of a zero byte and `entry`, in hexadecimal.' })
  leafHash!: string;

  @Field(() => [String], { description: 'Inclusion path (RFC 6962, 2.1.1), from the leaf up, each hash in hexadecimal.' })
  path!: string[];

  @Field(() => AuditCheckpoint, { description: 'The checkpoint at whose size the path proves.' })
  checkpoint!: object;
}

@ObjectType({ description: 'Proof that the audit log at one size continues the log at a smaller size.' })
export class AuditConsistency {
  @Field(() => BigIntScalar, { description: 'The smaller size.' })
  from!: bigint;

  @Field(() => BigIntScalar, { description: 'The larger size.' })
  to!: bigint;

  @Field(() => [String], { description: 'Consistency proof (RFC 6962, 2.1.2), each hash in hexadecimal; empty when the sizes are the same.' })
  path!: string[];
}

export const AuditVerificationStateEnum: { [State in VerificationRow['state']]: State } = { RUNNING: 'RUNNING', PASSED: 'PASSED', FAILED: 'FAILED' };
registerEnumType(AuditVerificationStateEnum, {
  name: 'AuditVerificationState',
  description: 'How far a verification has come.',
  valuesConfig: {
    RUNNING: { description: 'It goes over the entries: see `checked`.' },
    PASSED: { description: 'Every entry is as it was sealed.' },
    FAILED: { description: 'Something is not: see `finding`.' },
  },
});

export const AuditFindingKindEnum: { [Kind in Finding['kind']]: Kind } = {
  CHANGED: 'CHANGED', REMOVED: 'REMOVED', INSERTED: 'INSERTED', SWAPPED: 'SWAPPED', CUT: 'CUT', TREE: 'TREE', CHECKPOINT: 'CHECKPOINT', UNREADABLE: 'UNREADABLE',
};
registerEnumType(AuditFindingKindEnum, {
  name: 'AuditFindingKind',
  description: 'What a verification found.',
  valuesConfig: {
    CHANGED: { description: 'An entry is not what was sealed.' },
    REMOVED: { description: 'An entry is missing, and others follow.' },
    INSERTED: { description: 'An entry is there that was not sealed there.' },
    SWAPPED: { description: 'Two entries have changed places.' },
    CUT: { description: 'The log ends earlier than it did.' },
    TREE: { description: 'The entries are right, and the stored tree is not.' },
    CHECKPOINT: { description: 'The log does not continue a checkpoint, or nobody we know has signed it, or a key that signs is not endorsed.' },
    UNREADABLE: { description: 'The log could not be read to its end, again and again: the operators must look.' },
  },
});

@ObjectType({ description: 'The first thing in the log that is not as it was sealed.' })
export class AuditFinding {
  @Field(() => AuditFindingKindEnum, { description: 'What has happened to the log.' })
  kind!: Finding['kind'];

  @Field(() => BigIntScalar, { description: 'The place in the log where it shows.' })
  position!: bigint;

  @Field(() => ID, { nullable: true, description: 'Global id of the event it is about, `aud_…`; null when it is about none that is there.' })
  eventId!: string | null;

  @Field(() => String, { description: 'A sentence for a person.' })
  message!: string;
}

@ObjectType('AuditVerification', { description: 'A run over the whole audit log. Ask again until `state` is not `RUNNING`.' })
export class AuditVerificationType {
  @Field(() => ID, { description: 'Global id, `avf_…`.' })
  id!: string;

  @Field(() => AuditVerificationStateEnum, { description: 'How far it has come.' })
  state!: VerificationRow['state'];

  @Field(() => BigIntScalar, { description: 'Entries found to be right so far.' })
  checked!: bigint | string;

  @Field(() => BigIntScalar, { description: 'Entries there were when it was asked for.' })
  total!: bigint | string;

  @Field(() => AuditFinding, { nullable: true, description: 'What is wrong; null unless it has failed.' })
  finding!: object | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;
}

@ObjectType({ implements: UserError, description: 'The log is being verified already; one run at a time.' })
export class AuditVerificationRunning extends UserError {}

@ObjectType({ description: 'What became of the request.' })
export class AuditVerificationRequestPayload {
  @Field(() => AuditVerificationType, { nullable: true, description: 'The run; null when there are errors.' })
  verification?: object | null;

  @Field(() => [UserError], { description: 'Why no run was started; empty when one was.' })
  userErrors!: UserError[];
}
