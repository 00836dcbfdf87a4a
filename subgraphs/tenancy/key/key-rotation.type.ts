// Rotations of the keys of a tenant, at the API.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { KeyRotationState } from './key-rotation.entity.js';

export const KeyRotationStateEnum: { [State in KeyRotationState]: State } = { RUNNING: 'RUNNING', FINISHED: 'FINISHED' };
registerEnumType(KeyRotationStateEnum, {
  name: 'TenantKeyRotationState',
  description: 'How far a rotation of keys has come.',
  valuesConfig: {
    RUNNING: { description: 'What is new is sealed with the new key; what was there is being sealed anew. Everything can be read and written meanwhile.' },
    FINISHED: { description: 'Everything that can be read is sealed with the new key. The former one is deleted within minutes.' },
  },
});

@ObjectType('TenantKeyRotationPart', { description: 'The rotation in one subgraph, which has a key of its own for the tenant.' })
export class KeyRotationPartType {
  @Field(() => String, { description: 'Whose secrets: `identity` (sessions, mails), `conversations` (inbox credentials), `compliance` (download links), `commerce` (payment accounts) or `tenancy` (secrets of webhooks).' })
  subgraph!: string;

  @Field(() => KeyRotationStateEnum, { description: 'How far it has come.' })
  state!: KeyRotationState;

  @Field(() => Int, { nullable: true, description: 'How many values were sealed anew; null while it runs.' })
  resealed!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many values do not open, with any key: they were damaged before. Operators find them in the log. Null while it runs.' })
  unreadable!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;
}

@ObjectType('TenantKeyRotation', { description: 'A change of the keys with which the secrets of a tenant are encrypted.' })
export class KeyRotationType {
  @Field(() => ID, { description: 'Global id, `tkr_…`.' })
  id!: string;

  @Field(() => KeyRotationStateEnum, { description: 'How far it has come: FINISHED when every part is.' })
  state!: KeyRotationState;

  @Field(() => String, { nullable: true, description: 'Why it was asked for, if that was said.' })
  note!: string | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the last part ended; null while it runs.' })
  finishedAt!: Date | null;

  @Field(() => [KeyRotationPartType], { description: 'One for each subgraph that keeps secrets, by name.' })
  parts!: KeyRotationPartType[];
}

@ObjectType({ implements: UserError, description: 'The keys are being rotated already: wait until `tenantKeyRotation` is FINISHED.' })
export class TenantKeyRotationRunning extends UserError {}

@ObjectType({ description: 'What became of the request.' })
export class TenantKeyRotatePayload {
  @Field(() => KeyRotationType, { nullable: true, description: 'The rotation that began; null when there are errors.' })
  rotation?: object | null;

  @Field(() => [UserError], { description: 'Why none began; empty when one did.' })
  userErrors!: UserError[];
}
