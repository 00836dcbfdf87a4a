// Words, `--name value`, `--name=value` and `--flag` of a command line.
import { ConfigError } from '../../subgraphs/kernel/base/config.js';

export interface CommandLine {
  words: string[];
  options: Record<string, string>;
  flags: Set<string>;
}

/** @throws ConfigError for a name that is not known */
export function optionsOf(args: readonly string[], named: readonly string[], flagged: readonly string[]): CommandLine {
  const line: CommandLine = { words: [], options: {}, flags: new Set() };
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [, name = '', given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === '') line.words.push(arg);
    else if (flagged.includes(name) && given === undefined) line.flags.add(name);
    else {
      const value = given ?? left.shift();
      if (!named.includes(name) || value === undefined) throw new ConfigError(`${arg} is not understood here.`);
      line.options[name] = value;
    }
  }
  return line;
}
