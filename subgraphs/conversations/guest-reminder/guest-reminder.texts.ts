// What a guest is told, in their language and by the clock on the wall of the venue.
export const LANGUAGES = ['de', 'en', 'es', 'fr', 'it', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];
export type ReminderKind = 'H24' | 'H2';

export interface Visit {
  kind: ReminderKind;
  startsAt: Date;
  venue: string;
  /** IANA. */
  timeZone: string;
  partySize: number;
}

type Say = (visit: { venue: string; when: string; people: string }) => string;

const TEXTS: Readonly<Record<Language, Readonly<Record<ReminderKind, Say>>>> = {
  de: {
    H24: ({ venue, when, people }) => `Wir freuen uns auf Sie: ${when}, ${venue}, ein Tisch für ${people}. Wenn Sie nicht kommen können, antworten Sie bitte auf diese Nachricht.`,
    H2: ({ venue, when, people }) => `Bis gleich: Ihr Tisch für ${people} ist für ${when} reserviert, ${venue}.`,
  },
  en: {
    H24: ({ venue, when, people }) => `We look forward to seeing you: ${when}, ${venue}, a table for ${people}. If you cannot come, please answer this message.`,
    H2: ({ venue, when, people }) => `See you soon: your table for ${people} is booked for ${when}, ${venue}.`,
  },
  es: {
    H24: ({ venue, when, people }) => `Le esperamos: ${when}, ${venue}, una mesa para ${people}. Si no puede venir, responda a este mensaje.`,
    H2: ({ venue, when, people }) => `Hasta pronto: su mesa para ${people} está reservada para ${when}, ${venue}.`,
  },
  fr: {
    H24: ({ venue, when, people }) => `Nous vous attendons : ${when}, ${venue}, une table pour ${people}. Si vous ne pouvez pas venir, répondez à ce message.`,
    H2: ({ venue, when, people }) => `À tout de suite : votre table pour ${people} est réservée pour ${when}, ${venue}.`,
  },
  it: {
    H24: ({ venue, when, people }) => `Vi aspettiamo: ${when}, ${venue}, un tavolo per ${people}. Se non potete venire, rispondete a questo messaggio.`,
    H2: ({ venue, when, people }) => `A presto: il vostro tavolo per ${people} è prenotato per ${when}, ${venue}.`,
  },
  pt: {
    H24: ({ venue, when, people }) => `Esperamos por si: ${when}, ${venue}, uma mesa para ${people}. Se não puder vir, responda a esta mensagem.`,
    H2: ({ venue, when, people }) => `Até já: a sua mesa para ${people} está reservada para ${when}, ${venue}.`,
  },
};

export const isLanguage = (text: string): text is Language => (LANGUAGES as readonly string[]).includes(text);

/** As `es`, or `es-MX`; null when it is none that there are texts in. */
export function languageOf(tag: unknown): Language | null {
  const first = typeof tag === 'string' ? tag.trim().toLowerCase().split(/[-_]/)[0] ?? '' : '';
  return isLanguage(first) ? first : null;
}

/** The day is said when it is another. */
export function whenOf({ kind, startsAt, timeZone }: Visit, language: Language): string {
  const day = kind === 'H24' ? { weekday: 'long', day: 'numeric', month: 'long' } as const : {};
  return new Intl.DateTimeFormat(language, { ...day, hour: 'numeric', minute: '2-digit', timeZone }).format(startsAt);
}

const peopleOf = ({ partySize }: Visit, language: Language): string => new Intl.NumberFormat(language).format(partySize);

export const textOf = (visit: Visit, language: Language): string => TEXTS[language][visit.kind]({ venue: visit.venue, when: whenOf(visit, language), people: peopleOf(visit, language) });

/** What the places of a tenant's template are filled with: by name, or in this order. */
export const valuesOf = (visit: Visit, language: Language): [string, string][] => [['venue', visit.venue], ['when', whenOf(visit, language)], ['people', peopleOf(visit, language)]];
