// Proofs, checkpoints and verifications of the audit log.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { Finding } from './log.entity.js';
import { AuditConsistencyArgs, AuditProofArgs, AuditVerificationArgs, AuditVerificationRequestInput } from './log.inputs.js';
import type { CheckpointRow, LogService } from './log.service.js';
import { AuditCheckpoint, AuditConsistency, AuditFinding, AuditProof, AuditVerificationRequestPayload, AuditVerificationType } from './log.type.js';
import type { VerificationRow, VerificationService } from './verification.service.js';

interface LogServices {
  log: LogService;
  verification: VerificationService;
}

@Resolver(() => AuditCheckpoint)
export class LogResolver {
  constructor(private readonly services: LogServices) {}

  @Query(() => AuditCheckpoint, {
    nullable: true,
    description: 'The newest signed checkpoint of the audit log, at most five seconds behind its newest entry; null while there is none. '
      + 'For a platform administrator, that of what happened outside every tenant.',
  })
  auditCheckpoint(@Ctx() ctx: OperationContext): Promise<CheckpointRow | null> {
    return this.services.log.checkpoint(ctx);
  }

  @Query(() => AuditProof, {
    nullable: true,
    description: 'Proof that an event is in the audit log. Null when there is no such event, and until a checkpoint covers it, which takes at most five seconds.',
  })
  async auditProof(@Args(() => AuditProofArgs) { eventId }: AuditProofArgs, @Ctx() ctx: OperationContext): Promise<AuditProof | null> {
    return this.services.log.proof(ctx, inputId('aud', eventId, ['eventId']));
  }

  @Query(() => AuditConsistency, {
    nullable: true,
    description: 'Proof that the audit log at one size continues the log at a smaller size, such as that of a checkpoint you kept.',
  })
  auditConsistency(@Args(() => AuditConsistencyArgs) { from, to }: AuditConsistencyArgs, @Ctx() ctx: OperationContext): Promise<AuditConsistency> {
    return this.services.log.consistency(ctx, from, to);
  }

  @FieldResolver(() => String, { description: 'Root of the Merkle tree (RFC 6962) over those entries, in hexadecimal.' })
  root(@Root() { root }: CheckpointRow): string {
    return Buffer.from(root).toString('hex');
  }
}

@Resolver(() => AuditVerificationType)
export class VerificationResolver {
  constructor(private readonly services: LogServices) {}

  @Query(() => AuditVerificationType, { nullable: true, description: 'A verification of the audit log; null when there is none of this id.' })
  async auditVerification(@Args(() => AuditVerificationArgs) { id }: AuditVerificationArgs, @Ctx() ctx: OperationContext): Promise<VerificationRow | null> {
    return this.services.verification.get(ctx, inputId('avf', id, ['id']));
  }

  @Mutation(() => AuditVerificationRequestPayload, {
    nullable: true,
    description: 'Starts a run over the whole audit log, which recomputes every entry, the chain, the tree and every checkpoint. One runs at a time.',
  })
  async auditVerificationRequest(
    @Arg('input', () => AuditVerificationRequestInput, { description: 'What to verify against, besides the log itself.' }) { checkpoint }: AuditVerificationRequestInput, @Ctx() ctx: OperationContext,
  ): Promise<AuditVerificationRequestPayload> {
    return { verification: await this.services.verification.request(ctx, checkpoint ?? null), userErrors: [] };
  }
}

@Resolver(() => AuditFinding)
export class FindingResolver {
  @FieldResolver(() => String, { nullable: true })
  eventId(@Root() { eventId }: Finding): string | null {
    return eventId === null ? null : encodeId('aud', eventId);
  }
}
