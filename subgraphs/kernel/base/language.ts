// The languages that words for people are written in.

export const LANGUAGES = ['en', 'es', 'fr', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language of a locale such as `pt-BR`; English for those we do not speak. */
export function languageOf(locale: string | null | undefined): Language {
  const [tag = ''] = (locale ?? '').toLowerCase().split(/[-_]/);
  return LANGUAGES.find((language) => language === tag) ?? 'en';
}
