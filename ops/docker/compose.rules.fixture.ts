// What we ask of docker-compose.yml beyond the specification, each rule as the list of its violations.
import type { ComposeFile, Service } from './compose.schema.fixture.js';

type Rule = (compose: ComposeFile) => string[];

const each = (check: (name: string, service: Service, compose: ComposeFile) => string[]): Rule => (compose) =>
  Object.entries(compose.services).flatMap(([name, service]) => check(name, service, compose).map((fault) => `${name} ${fault}`));
const isOneShot = (service: Service): boolean => service.restart === 'no';
const isDefault = (service: Service): boolean => service.profiles === undefined;

/** What stands after `--role`, or undefined for a service that is not of our image. */
export function roleOf(service: Service): string | undefined {
  const words = [...(service.entrypoint ?? []), ...(service.command ?? [])];
  const at = words.indexOf('--role');
  return at < 0 ? undefined : words[at + 1];
}

/** @param service of our image. @returns file names under /run/secrets that Node reads variables from */
export const environmentFiles = (service: Service): string[] =>
  (service.entrypoint ?? []).flatMap((word) => /^--env-file=\/run\/secrets\/(.+)$/.exec(word)?.[1] ?? []);

const references = each((_name, service, compose) => [
  ...Object.entries(service.depends_on).flatMap(([target, { condition }]) => {
    const other = compose.services[target];
    if (!other) return [`depends on ${target}, which is no service`];
    const wanted = isOneShot(other) ? 'service_completed_successfully' : 'service_healthy';
    return condition === wanted ? [] : [`waits for ${target} as ${condition}, not ${wanted}`];
  }),
  ...service.secrets.filter((one) => !compose.secrets[one]).map((one) => `uses the secret ${one}, which is not declared`),
  ...service.networks.filter((one) => !compose.networks[one]).map((one) => `joins the network ${one}, which is not declared`),
  ...service.volumes.map((one) => one.split(':')[0] ?? '').filter((one) => !compose.volumes[one])
    .map((one) => `mounts ${one}, which is no declared volume`),
]);

const unused: Rule = ({ services, ...declared }) => {
  const all = Object.values(services);
  const used = {
    secrets: all.flatMap((one) => one.secrets), networks: all.flatMap((one) => one.networks),
    volumes: all.flatMap((one) => one.volumes.map((volume) => volume.split(':')[0] ?? '')),
  };
  return (['secrets', 'networks', 'volumes'] as const).flatMap((kind) =>
    Object.keys(declared[kind]).filter((name) => !used[kind].includes(name)).map((name) => `${kind} declares ${name}, which nobody uses`));
};

const hardening = each((_name, service) => [
  ...(service.read_only ? [] : ['has a writable root']),
  ...(service.cap_drop?.includes('ALL') ? [] : ['keeps capabilities']),
  ...(service.security_opt?.includes('no-new-privileges:true') ? [] : ['may gain privileges']),
  ...(service.build || service.user ? [] : ['runs as the root of a foreign image']),
  ...(service.user === 'root' || service.user?.startsWith('0') ? ['runs as root'] : []),
]);

const running = each((_name, service) => [
  ...(service.deploy ? [] : ['has no limits']),
  ...(service.logging ? [] : ['keeps its logs for ever']),
  ...(isOneShot(service) ? [] : [
    ...(service.healthcheck && 'test' in service.healthcheck ? [] : ['has no health check']),
    ...(service.restart === 'unless-stopped' ? [] : ['is not restarted']),
    ...(service.stop_grace_period ? [] : ['is killed after the engine\'s own 10 s']),
  ]),
]);

const images = each((_name, { image, build }) => {
  const tag = image.replace(/^\$\{\w+:-(.*)\}$/, '$1').split(':')[1] ?? 'latest';
  if (tag === 'latest') return ['takes whatever image is latest'];
  return build || /^\d/.test(tag) ? [] : [`takes the image tag ${tag}, which pins no major version`];
});

const doors = each((name, service, compose) => [
  ...(service.ports.length > 0 && name !== 'gateway' && isDefault(service) ? ['publishes a port'] : []),
  ...(service.ports.some(({ host_ip: ip }) => ip !== '127.0.0.1' && !/^\$\{\w+:-127\.0\.0\.1\}$/.test(ip)) ? ['publishes on every address'] : []),
  ...(isDefault(service) && !['gateway', 'workers'].includes(name)
    ? service.networks.filter((one) => compose.networks[one]?.internal !== true).map((one) => `joins ${one}, which leads outside`) : []),
]);

/** Text that looks like a password, a key or a login in a URL. */
const SECRET = /:\/\/[^/\s]*:[^/\s@]+@|-----BEGIN|^[A-Za-z0-9+/_-]{32,}=*$/;

const secrets = each((_name, service) => Object.entries(service.environment ?? {}).flatMap(([variable, value]) => [
  ...(/(PASSWORD|KEY|SECRET|TOKEN)$/.test(variable) ? [`sets ${variable} instead of a file`] : []),
  ...(SECRET.test(value) ? [`has what looks like a secret in ${variable}`] : []),
  ...(variable.endsWith('_FILE') && !service.secrets.some((one) => value === `/run/secrets/${one}`)
    ? [`reads ${variable} from ${value}, which is not mounted`] : []),
]).concat(environmentFiles(service).filter((one) => !service.secrets.includes(one)).map((one) => `reads ${one}, which is not mounted`)));

/** Who may hold which key: the gateway signs, the others verify; only they reach data. */
const keys = each((_name, service) => {
  const role = roleOf(service);
  const holds = (secret: string): boolean => service.secrets.includes(secret);
  return [
    ...(holds('actor.key') && role !== 'gateway' ? ['holds the key that signs actors'] : []),
    ...(role === 'gateway' && (holds('master.key') || holds('stores.env')) ? ['reaches data although it is the gateway'] : []),
    ...(holds('actor.pub') && !role?.startsWith('subgraph:') ? ['holds a key that it verifies nothing with'] : []),
    ...(role === 'gateway' && service.networks.includes('database') ? ['sees the database although it is the gateway'] : []),
  ];
});

export const rules: Readonly<Record<string, Rule>> = { references, unused, hardening, running, images, doors, secrets, keys };

export const violations = (compose: ComposeFile): string[] => Object.values(rules).flatMap((rule) => rule(compose));
