// Reads a Dockerfile into stages and lists what is wrong with it: enough of the format for ours, and strict about the rest.
export interface Instruction {
  keyword: string;
  text: string;
}

export interface Stage {
  name: string;
  /** An image with its tag, or the name of an earlier stage. */
  from: string;
  instructions: Instruction[];
}

const KEYWORDS = ['ARG', 'FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'EXPOSE', 'HEALTHCHECK', 'CMD', 'VOLUME', 'USER'];

/** @throws for an instruction we do not use, so that a new one is thought about */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const defaults = new Map<string, string>();
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line)).join('\n').replaceAll(/\\\n/g, ' ').split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    const [, keyword = '', rest = ''] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (!KEYWORDS.includes(keyword)) throw new Error(`Not an instruction of ours: ${line}`);
    const stage = stages.at(-1);
    if (keyword === 'FROM') {
      const [, from = '', name = ''] = /^(\S+) AS ([a-z-]+)$/.exec(rest) ?? [];
      if (!name) throw new Error(`A stage needs a name: ${line}`);
      stages.push({ name, from: from.replace(/^\$\{(\w+)\}$/, (_whole, argument: string) => defaults.get(argument) ?? ''), instructions: [] });
    } else if (stage) stage.instructions.push({ keyword, text: rest.trim() });
    else if (keyword === 'ARG') defaults.set(...(rest.split('=') as [string, string]));
    else throw new Error(`Stands before the first stage: ${line}`);
  }
  return stages;
}

/** What holds in `name`: the instructions of the stages it builds on, then its own. @throws when there is no such stage */
export function effective(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((one) => one.name === name);
  if (!stage) throw new Error(`No stage ${name}.`);
  const below = stages.some((one) => one.name === stage.from) ? effective(stages, stage.from) : [];
  return [...below, ...stage.instructions];
}

const execForm = (text: string): string[] | undefined => {
  if (!text.startsWith('[')) return undefined;
  const words: unknown = JSON.parse(text);
  return Array.isArray(words) ? words.map(String) : undefined;
};

/** The last `keyword` in exec form. */
export const command = (instructions: readonly Instruction[], keyword: string): string[] | undefined =>
  execForm(instructions.findLast((one) => one.keyword === keyword)?.text.replace(/^.*\bCMD\s+/, '') ?? '');

/** @param targets the stages that become images */
export function faultsOf(stages: readonly Stage[], targets: readonly string[]): string[] {
  const names = stages.map(({ name }) => name);
  const images = stages.filter(({ from }) => !names.includes(from)).flatMap(({ name, from }) => {
    const tag = from.split(':')[1] ?? 'latest';
    return /^\d+/.test(tag) ? [] : [`${name} builds on ${from || 'nothing'}, which pins no major version`];
  });
  const ofTargets = targets.flatMap((target) => {
    const all = effective(stages, target);
    const user = all.findLast(({ keyword }) => keyword === 'USER')?.text;
    const start = command(all, 'CMD');
    return [
      ...(user === undefined || /^(root|0)(:|$)/.test(user) ? ['runs as root'] : /^\d+:\d+$/.test(user) ? [] : [`runs as ${user}, which no orchestrator can tell from root`]),
      ...(all.at(-1)?.keyword === 'USER' ? [] : ['does more after USER']),
      ...(start === undefined ? ['has no CMD in exec form'] : start[0] === 'node' ? [] : [`starts ${start[0]} instead of node`]),
      ...(command(all, 'HEALTHCHECK') === undefined ? ['has no HEALTHCHECK in exec form'] : []),
      ...all.filter(({ keyword, text }) => keyword === 'COPY' && !text.startsWith('--from=')).map(({ text }) => `copies ${text} from the builder's machine`),
      ...all.filter(({ keyword, text }) => (keyword === 'ENV' || keyword === 'ARG') && /(KEY|PASSWORD|SECRET|TOKEN|_URL)\b/.test(text)).map(({ text }) => `carries ${text}`),
    ].map((fault) => `${target} ${fault}`);
  });
  return [...images, ...ofTargets];
}
