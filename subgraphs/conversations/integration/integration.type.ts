// How the connections of a tenant to the outside stand.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import type { IntegrationProblem } from './integration.problems.js';

export const IntegrationProblemEnum: { [Problem in IntegrationProblem]: Problem } = {
  DISABLED: 'DISABLED', TOKEN_REFUSED: 'TOKEN_REFUSED', TOKEN_EXPIRING: 'TOKEN_EXPIRING', TEST_FAILED: 'TEST_FAILED', NOTHING_RECEIVED: 'NOTHING_RECEIVED',
  DELIVERIES_FAILED: 'DELIVERIES_FAILED', DELIVERIES_WAITING: 'DELIVERIES_WAITING', MESSAGES_FAILED: 'MESSAGES_FAILED',
  ANSWERS_FAILED: 'ANSWERS_FAILED',
};
registerEnumType(IntegrationProblemEnum, {
  name: 'IntegrationProblem', description: 'What somebody should look at.', valuesConfig: {
    DISABLED: { description: 'Somebody switched it off.' },
    TOKEN_REFUSED: { description: 'The provider does not take its token any more: nothing is sent until it has a new one.' },
    TOKEN_EXPIRING: { description: 'Its token ends within ten days and was not renewed yet.' },
    TEST_FAILED: { description: 'The last `inboxTest`, or `customIntegrationTest`, did not pass.' },
    NOTHING_RECEIVED: { description: 'Its provider never delivered anything: is the webhook address set there?' },
    DELIVERIES_FAILED: { description: 'Some of what was delivered could not be read: see `webhookDeliveries`.' },
    DELIVERIES_WAITING: { description: 'More than a hundred deliveries wait to be read.' },
    MESSAGES_FAILED: { description: 'Messages failed in the last day.' },
    ANSWERS_FAILED: { description: 'An integration of your own did not answer as agreed when it was last asked: its `lastFailure` says what was wrong.' },
  },
});

@ObjectType('Integration', { description: 'One connection to the outside: an inbox, or an integration of your own.' })
export class IntegrationType {
  @Field(() => Int, { description: 'Messages that failed in the last 24 hours, by the hour.' })
  failedMessages!: number;

  @Field(() => Int, { description: 'Deliveries that wait to be read; 1,000 stands for all there are beyond.' })
  waitingDeliveries!: number;

  @Field(() => Int, { description: 'Deliveries that could not be read, the dead letters; 1,000 stands for all there are beyond.' })
  failedDeliveries!: number;

  @Field(() => [IntegrationProblemEnum], { description: 'What somebody should look at, the worst first; empty when all is well.' })
  problems!: IntegrationProblem[];
}

export const { Connection: IntegrationConnection } = connectionOf('Integration', () => IntegrationType);
