// Buttons and lists that the customer chooses from.
import { invalidInput } from '../../kernel/base/errors.js';
import type { ChoiceLimits } from '../channel/channel.rules.js';
import type { ChoiceOption, ChoicesContent, Said } from '../channel/content.js';
import { checked, checkedOrNull, type Path } from './message.compose.text.js';
import type { ChoiceOptionInput, ChoicesInput } from './message.parts.inputs.js';

/** Beyond what any channel takes. */
const [LINE, ID, MANY] = [1_000, 1_000, 20];
const AT: Path = ['input', 'choices'];

/** @throws Refusal InputInvalid for what no channel takes */
export function composeChoices({ buttons, listButton, sections, header, footer }: ChoicesInput, words: string | null, at: Path): Said {
  if (words === null) throw invalidInput('Choices need a text that asks.', ['input', 'text']);
  const given = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
  if (given(buttons) === given(sections)) throw invalidInput('Give buttons or the sections of a list.', [...at, given(buttons) ? 'sections' : 'buttons']);
  if (given(sections) !== given(listButton)) throw invalidInput('A list needs what opens it, and nothing else does.', [...at, 'listButton']);
  const content: ChoicesContent = {
    kind: 'choices', listButton: checkedOrNull(listButton, 'It', LINE, [...at, 'listButton']),
    header: checkedOrNull(header, 'The header', LINE, [...at, 'header']), footer: checkedOrNull(footer, 'The footer', LINE, [...at, 'footer']),
    sections: given(buttons) ? [{ title: null, options: options(buttons, [...at, 'buttons']) }]
      : (sections ?? []).slice(0, MANY).map((section, index) => ({
        title: checkedOrNull(section.title, 'The title', LINE, [...at, 'sections', String(index), 'title']),
        options: options(section.options, [...at, 'sections', String(index), 'options']),
      })),
  };
  if (content.sections.length === 0 || (sections?.length ?? 0) > MANY) throw invalidInput(`Between 1 and ${MANY} sections.`, [...at, 'sections']);
  checkUnlike(content, at);
  return { type: 'CHOICES', text: words, content };
}

function options(given: readonly ChoiceOptionInput[], at: Path): ChoiceOption[] {
  if (given.length < 1 || given.length > MANY) throw invalidInput(`Between 1 and ${MANY} options.`, at);
  return given.map(({ id, title, description }, index) => ({
    id: checked(id, 'The id', ID, [...at, String(index), 'id']), title: checked(title, 'The title', LINE, [...at, String(index), 'title']),
    description: checkedOrNull(description, 'The description', LINE, [...at, String(index), 'description']),
  }));
}

/** Every option with the path at which it was given. */
const placed = ({ listButton, sections }: ChoicesContent, at: Path): { option: ChoiceOption; field: Path }[] => sections.flatMap((section, place) =>
  section.options.map((option, index) => ({ option, field: [...at, ...(listButton === null ? ['buttons'] : ['sections', String(place), 'options']), String(index)] })));

/** What comes back must tell which one it was. */
function checkUnlike(content: ChoicesContent, at: Path): void {
  const seen = new Set<string>();
  for (const { option, field } of placed(content, at)) {
    if (seen.has(option.id)) throw invalidInput('Two options have the same id.', [...field, 'id']);
    seen.add(option.id);
  }
}

/** @throws Refusal InputInvalid for what this channel does not take */
export function checkChoices(content: ChoicesContent, words: string, limits: ChoiceLimits | null): void {
  if (limits === null) throw invalidInput('This channel has no choices.', AT);
  const { listButton, header, footer, sections } = content;
  const within = (value: string | null, most: number | null, what: string, field: Path): void => {
    if (value === null) return;
    if (most === null) throw invalidInput(`This channel has no ${what} for choices.`, field);
    if (value.length > most) throw invalidInput(`The ${what} has ${value.length} characters; this channel takes ${most} at the most.`, field);
  };
  within(header, limits.header, 'header', [...AT, 'header']);
  within(footer, limits.footer, 'footer', [...AT, 'footer']);
  const form = listButton === null ? { ...limits.buttons, description: null } : limits.list;
  if (!form) throw invalidInput('This channel has buttons and no lists.', [...AT, 'sections']);
  within(words, form.text, 'text', ['input', 'text']);
  const all = placed(content, AT);
  const most = 'rows' in form ? form.rows : form.most;
  const beyond = all[most];
  if (beyond) throw invalidInput(`There are ${all.length} options; this channel takes ${most} at the most.`, beyond.field);
  for (const { option, field } of all) {
    within(option.id, form.id, 'id', [...field, 'id']);
    within(option.title, form.title, 'title', [...field, 'title']);
    within(option.description, form.description, 'description', [...field, 'description']);
  }
  if (!('rows' in form)) return;
  within(listButton, form.button, 'button', [...AT, 'listButton']);
  if (sections.length > form.sections) throw invalidInput(`This channel takes ${form.sections} sections at the most.`, [...AT, 'sections', String(form.sections)]);
  sections.forEach(({ title }, index) => {
    const field = [...AT, 'sections', String(index), 'title'];
    if (title === null && sections.length > 1) throw invalidInput('Of several sections each needs a title.', field);
    within(title, form.sectionTitle, 'title', field);
  });
}
