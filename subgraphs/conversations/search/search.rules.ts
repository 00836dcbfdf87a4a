// Rules of what a search of messages gives.
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';

export const searchRules: RuleMap = {
  MessageMatch: each(inherited, 'message', 'excerpt'),
  MessageExcerptPart: each(inherited, 'text', 'matched'),
  MessageMatchConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
  MessageMatchEdge: each(inherited, 'node', 'cursor'),
};
