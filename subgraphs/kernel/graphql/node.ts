// The Relay Node interface. Tenancy owns `node(id)`; the owner of each type answers by `nodeKey`.
import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType({
  description: 'Anything with a global id.',
  resolveType: (value: { __typename: string }) => value.__typename,
  autoRegisterImplementations: false,
})
export abstract class Node {
  @Field(() => ID, { description: 'Global id, prefixed with its kind, e.g. `conv_01h455vb4pex5vsknk084sn02q`.' })
  id!: string;
}
