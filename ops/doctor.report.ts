// What the doctor found, with every known secret taken out.
export interface Finding {
  verdict: 'PASS' | 'FAIL' | 'NOTE';
  text: string;
}

/** Findings so far, and what they must never contain. */
export class Report {
  readonly findings: Finding[] = [];
  readonly #secrets = new Set<string>();
  /** Connections that the servers allow, by server. */
  readonly limits = new Map<string, number>();

  keepSecret(url: string): void {
    const { password } = new URL(url);
    for (const form of [password, decodeURIComponent(password)]) if (form) this.#secrets.add(form);
  }

  say(verdict: Finding['verdict'], text: string): void {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '[secret]');
    this.findings.push({ verdict, text: clean });
  }

  /** Runs one check; what it throws is its failure. @returns whether it passed */
  async check(what: string, work: () => Promise<string>): Promise<boolean> {
    try {
      this.say('PASS', `${what}: ${await work()}`);
      return true;
    } catch (error) {
      const { message, code } = error as { message: string; code?: string };
      this.say('FAIL', `${what}: ${message || code || 'unknown error'}`);
      return false;
    }
  }
}
