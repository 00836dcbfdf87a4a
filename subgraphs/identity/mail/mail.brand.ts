// Under whose name a mail goes: the platform's, or that of a tenant whose tier lets it use its own.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { Language } from '../../kernel/base/language.js';

/** As tenancy announces it of a tenant that has switched white label on. */
export interface Brand {
  name: string;
  supportUrl: string | null;
  /** Whether the platform is named below. */
  poweredBy: boolean;
}

export const PRODUCT = 'Switchboard';

/** Null: the platform's. @param tx sees the rows of the tenant */
export async function brandOf(tx: Tx, home: string): Promise<Brand | null> {
  const { rows: [found] } = await sql<{ brand: Brand }>`select o.brand from identity.organization o join identity.tenant_limit l using (tenant_id)
    where o.tenant_id = ${home}::uuid and o.brand is not null and 'WHITE_LABEL' = any (l.features)`.execute(tx.getKysely());
  return found?.brand ?? null;
}

const FOOTERS: Readonly<Record<Language, { help: string; poweredBy: string }>> = {
  en: { help: 'Questions?', poweredBy: `Powered by ${PRODUCT}` },
  es: { help: '¿Preguntas?', poweredBy: `Con tecnología de ${PRODUCT}` },
  fr: { help: 'Des questions ?', poweredBy: `Propulsé par ${PRODUCT}` },
  pt: { help: 'Dúvidas?', poweredBy: `Com tecnologia ${PRODUCT}` },
};

/** The last paragraphs of a mail under another name. */
export const footerOf = ({ supportUrl, poweredBy }: Brand, language: Language): string[] =>
  [...(supportUrl === null ? [] : [`${FOOTERS[language].help} ${supportUrl}`]), ...(poweredBy ? [FOOTERS[language].poweredBy] : [])];
