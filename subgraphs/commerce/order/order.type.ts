// Orders in the graph.
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import type { ChargeStatus, FulfillmentStatus } from './order.entity.js';

const FulfillmentStatusEnum: { [Status in FulfillmentStatus]: Status } = {
  PENDING: 'PENDING', ACCEPTED: 'ACCEPTED', PREPARING: 'PREPARING', READY: 'READY', FULFILLED: 'FULFILLED',
  CANCELLED: 'CANCELLED',
};
registerEnumType(FulfillmentStatusEnum, {
  name: 'FulfillmentStatus',
  description: 'How far the goods of an order are.',
  valuesConfig: {
    PENDING: { description: 'Placed, not yet looked at.' },
    ACCEPTED: { description: 'The tenant will deliver.' },
    PREPARING: { description: 'Being made or packed.' },
    READY: { description: 'Waiting to be picked up or sent.' },
    FULFILLED: { description: 'Handed over.' },
    CANCELLED: { description: 'Will not be delivered.' },
  },
});

const ChargeStatusEnum: { [Status in ChargeStatus]: Status } = {
  NONE: 'NONE', AUTHORIZED: 'AUTHORIZED', CHARGED: 'CHARGED', REFUNDED: 'REFUNDED',
};
registerEnumType(ChargeStatusEnum, {
  name: 'ChargeStatus',
  description: 'Where the money of an order is.',
  valuesConfig: {
    NONE: { description: 'Nothing was charged or reserved.' },
    AUTHORIZED: { description: 'Reserved, not yet taken.' },
    CHARGED: { description: 'Paid.' },
    REFUNDED: { description: 'Given back.' },
  },
});

@ObjectType('Order', { implements: Node, description: 'What a customer bought.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class OrderType extends Node {
  @Field(() => ID, { description: 'Same as `id`; joins `node(id)` to its owner.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => Int, { description: 'Number people use, counted by the tenant and unique within it.' })
  number!: number;

  @Field(() => FulfillmentStatusEnum, { description: 'How far the goods are.' })
  fulfillmentStatus!: FulfillmentStatus;

  @Field(() => ChargeStatusEnum, { description: 'Where the money is.' })
  chargeStatus!: ChargeStatus;

  @Field(() => DateTime, { description: 'When the customer placed it.' })
  placedAt!: Date;
}

export const { Connection: OrderConnection } = connectionOf('Order', () => OrderType);
