// Captions: the server's own plain WebVTT as cues, which cue is shown at a time, and which captions somebody wants.
// Pure; use-captions.ts fetches them. Drawn by CaptionLayer over the picture, by the frame that is on the screen.

import type { CaptionView } from '@/protocol/types';
import { t } from '@/i18n/t';

/** One caption. */
export interface CaptionCue {
  readonly fromS: number;
  readonly toS: number;
  /** At the top of the picture instead of its foot. */
  readonly top: boolean;
  readonly lines: readonly (readonly CaptionSpan[])[];
}

/** A run of letters in one style. */
export interface CaptionSpan {
  readonly text: string;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly underlined: boolean;
}

const timing = /^(\d{2,3}):(\d{2}):(\d{2})\.(\d{3}) --> (\d{2,3}):(\d{2}):(\d{2})\.(\d{3})( line:1)?$/;
/** A caption longer than this is looked for from this far back, at most, seconds. */
const LOOK_BACK_S = 60;

function secondsAt(match: RegExpExecArray, from: number): number {
  const [hours, minutes, seconds, millis] = match.slice(from, from + 4).map(Number) as [number, number, number, number];
  return hours * 3600 + minutes * 60 + seconds + millis / 1000;
}

/** Cues in order of their start; what is none is passed by. */
export function cuesOf(vtt: string): CaptionCue[] {
  return vtt.split(/\n\n+/).flatMap((block): CaptionCue[] => {
    const [head = '', ...lines] = block.split('\n').filter((line) => line !== '');
    const match = timing.exec(head);
    return match && lines.length > 0
      ? [{ fromS: secondsAt(match, 1), toS: secondsAt(match, 5), top: match[9] !== undefined, lines: spansOf(lines) }]
      : [];
  });
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Letters with the styles of the tags around them, which may reach over lines. */
function spansOf(lines: readonly string[]): CaptionSpan[][] {
  const style = { b: false, i: false, u: false };
  return lines.map((line) => line.split(/(<\/?[biu]>)/).flatMap((part): CaptionSpan[] => {
    const tag = /^<(\/?)([biu])>$/.exec(part);
    if (tag) {
      style[tag[2] as 'b' | 'i' | 'u'] = tag[1] === '';
      return [];
    }
    const text = part.replace(/&(amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
    return text === '' ? [] : [{ text, bold: style.b, italic: style.i, underlined: style.u }];
  }));
}

/** The captions to show at a time, the earlier one first. */
export function captionsAt(cues: readonly CaptionCue[], seconds: number): CaptionCue[] {
  // The first cue that starts after this time; everything shown starts before it.
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cues[middle]!.fromS <= seconds) low = middle + 1;
    else high = middle;
  }
  const shown: CaptionCue[] = [];
  for (let at = low - 1; at >= 0 && cues[at]!.fromS > seconds - LOOK_BACK_S; at -= 1) {
    if (cues[at]!.toS > seconds) shown.unshift(cues[at]!);
  }
  return shown;
}

/** What somebody wants: nothing chosen yet, none, or captions by language and name, whatever the video. */
export type CaptionWish = '' | 'off' | `${string}|${string}`;

/** Whether a kept text is a wish. */
export const isCaptionWish = (text: string): text is CaptionWish => text === '' || text === 'off' || text.includes('|');

/** The wish that these captions fulfil. */
export const wishOf = ({ language, label }: CaptionView): CaptionWish => `${language ?? ''}|${label}`;

/** The captions to show: those wished for by name, else by language; without a wish the default ones. */
export function chosenCaptions(captions: readonly CaptionView[], wish: CaptionWish): CaptionView | null {
  if (wish === 'off') return null;
  if (wish === '') return captions.find((one) => one.is_default) ?? null;
  const language = wish.slice(0, wish.indexOf('|'));
  return captions.find((one) => wishOf(one) === wish) ?? captions.find((one) => language !== '' && one.language === language) ?? null;
}

/** What captions are called: their name, the language where it says more, else what they are. */
export function captionWords({ language, label }: Pick<CaptionView, 'language' | 'label'>): string {
  const spoken = language === null ? null : languageWords(language);
  if (label === '') return spoken ?? t('captions.unnamed');
  return spoken === null || label.toLowerCase().includes(spoken.toLowerCase()) ? label : t('captions.named', { language: spoken, label });
}

/** A language in the reader's own. */
export function languageWords(tag: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** The text of a file, by its marks: UTF-8, UTF-16 where it says so, else the letters of Western Windows. */
export function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
