// Composes the subgraphs' SDL into the supergraph the gateway serves.
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

export interface ServiceSdl {
  name: string;
  url: string;
  sdl: string;
}

/** The subgraphs do not fit together; the message has one line a fault. */
export class CompositionError extends Error {}

/** @throws CompositionError */
export function composeSupergraph(services: readonly ServiceSdl[]): string {
  const result = composeServices(services.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
  if (result.errors) {
    const faults = result.errors.map((error) => `- ${String(error.extensions['code'] ?? 'ERROR')}: ${error.message}`);
    throw new CompositionError(`The subgraphs do not compose:\n${faults.join('\n')}`);
  }
  return `${result.supergraphSdl.trimEnd()}\n`;
}
