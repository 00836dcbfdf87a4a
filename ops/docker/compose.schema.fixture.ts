// The Compose specification as far as docker-compose.yml uses it: strict, so that a misspelt key is found without an engine.
import { parse } from 'yaml';
import { z } from 'zod';

const name = z.string().regex(/^[a-zA-Z0-9._-]+$/);
const duration = z.string().regex(/^(\d+(h|ms|m|s))+$/);
const bytes = z.string().regex(/^\d+[bkmg]$/);
/** Environment values must be text: YAML would make true and 010 of others. */
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string());

const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()), interval: duration, timeout: duration, retries: z.int().min(1),
    start_period: duration.optional(), start_interval: duration.optional(),
  }),
]);

const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  profiles: z.array(name).optional(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: environment.optional(),
  secrets: z.array(name).default([]),
  networks: z.array(name).min(1),
  volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+$/)).default([]),
  tmpfs: z.array(z.string().startsWith('/')).optional(),
  shm_size: bytes.optional(),
  ports: z.array(z.strictObject({
    host_ip: z.string(), published: z.string(), target: z.int(), protocol: z.enum(['tcp', 'udp']),
  })).default([]),
  depends_on: z.record(name, z.strictObject({
    condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
  })).default({}),
  healthcheck: healthcheck.optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  stop_grace_period: duration.optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }).optional(),
  deploy: z.strictObject({
    resources: z.strictObject({
      limits: z.strictObject({ cpus: z.string().regex(/^\d+\.\d+$/), memory: bytes, pids: z.int() }),
    }),
  }).optional(),
});

const file = z.strictObject({
  name,
  services: z.record(name, service),
  networks: z.record(name, z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(name, z.strictObject({})),
  secrets: z.record(name, z.strictObject({ file: z.string() })),
});

export type ComposeFile = z.infer<typeof file>;
export type Service = z.infer<typeof service>;

/** @throws naming each place that is no YAML, or not what the specification says */
export function readCompose(text: string): ComposeFile {
  const whole: unknown = parse(text, { merge: true, uniqueKeys: true });
  // Keys that begin with x- are the file's own, and hold the anchors.
  const known = Object.fromEntries(Object.entries(z.record(z.string(), z.unknown()).parse(whole)).filter(([key]) => !key.startsWith('x-')));
  return file.parse(known);
}

/** `${NAME}` and `${NAME:-default}` as Compose replaces them; `$$` is a dollar sign. */
export function interpolate(text: string, values: Readonly<Record<string, string>> = {}): string {
  return text.replace(/\$\$|\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g, (whole: string, variable: string | undefined, other: string | undefined) => {
    if (variable === undefined) return '$';
    const value = values[variable] || other;
    if (value === undefined) throw new Error(`${whole} has no value and no default.`);
    return value;
  });
}

/** The names of all `${NAME}`. */
export const interpolated = (text: string): string[] => [...new Set([...text.matchAll(/(?<!\$)\$\{([A-Z][A-Z0-9_]*)/g)].map(([, variable]) => variable ?? ''))].sort();
