// Whose web pages may call for every tenant: where the platform's own frontend runs.
import type { Config } from '../subgraphs/kernel/base/config.js';

export const platformOrigins = ({ publicUrl }: Config): string[] => [new URL(publicUrl).origin];
