// Why nothing can be sent by an inbox.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

export type UnavailableReason = 'DISABLED' | 'REAUTHORISE' | 'DELETED';

export const ChannelUnavailableReason: { [Reason in UnavailableReason]: Reason } = { DISABLED: 'DISABLED', REAUTHORISE: 'REAUTHORISE', DELETED: 'DELETED' };
registerEnumType(ChannelUnavailableReason, {
  name: 'ChannelUnavailableReason', description: 'Why nothing can be sent by an inbox.',
  valuesConfig: {
    DISABLED: { description: 'Somebody switched it off. `inboxEnable` switches it on.' },
    REAUTHORISE: { description: 'The provider does not take its token any more. Give it a new one (`inboxSecretRotate`, or connect it again), then `inboxEnable`.' },
    DELETED: { description: 'It was deleted. What was written in it can be read.' },
  },
});

@ObjectType({ implements: UserError, description: 'Nothing can be sent by this inbox now. Nothing was written; what was queued before waits until it is switched on.' })
export class ChannelUnavailable extends UserError {
  @Field(() => ChannelUnavailableReason, { description: 'Why.' })
  reason!: UnavailableReason;
}
