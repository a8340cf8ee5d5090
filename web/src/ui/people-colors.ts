// The ten colours of people: the same for a person's face, cursor, pen and marks. They stay apart for protan, deutan
// and tritan eyes; colour is never the only sign (initials and names stand beside it).

/** A person's colour. */
export interface PersonColor {
  /** Fill. */
  fill: string;
  /** Words on the fill. */
  ink: string;
  /** From the eleventh person of a channel on, who shares a colour: a dashed ring tells them apart. */
  dashed: boolean;
}

const dark = '#0B0D11';
const white = '#FFFFFF';
const palette: readonly (readonly [string, string])[] = [
  ['#EFEC5F', dark], ['#59F6F1', dark], ['#5CBEFE', dark], ['#EC99A3', dark], ['#95AF1F', dark],
  ['#668DDE', dark], ['#C4757F', dark], ['#CB3904', white], ['#905482', white], ['#6D46E0', white],
];

/** How many colours there are. */
export const PERSON_COLORS = palette.length;

/** FNV-1a, 32 bits: short, and even over ids that differ in their last bytes only. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function colorAt(index: number, dashed: boolean): PersonColor {
  const [fill, ink] = palette[index % palette.length]!;
  return { fill, ink, dashed };
}

/** The colour of a person by their id alone: for lists outside a channel. */
export function personColor(id: string): PersonColor {
  return colorAt(hashOf(id) % palette.length, false);
}

/** Colours of the people of one channel, in the order of joining: each takes the nearest free one after their own. */
export function channelColors(idsInOrder: readonly string[]): Map<string, PersonColor> {
  const taken = new Set<number>();
  const colors = new Map<string, PersonColor>();
  for (const id of idsInOrder) {
    if (colors.has(id)) continue;
    const own = hashOf(id) % palette.length;
    let index = own;
    while (taken.size < palette.length && taken.has(index)) index = (index + 1) % palette.length;
    const dashed = taken.size >= palette.length;
    taken.add(index);
    colors.set(id, colorAt(index, dashed));
  }
  return colors;
}

/** One or two letters out of a name: first letters of the first and the last word; whole characters, never half. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const first = Array.from(words[0] ?? '')[0] ?? '?';
  const last = words.length > 1 ? (Array.from(words.at(-1) ?? '')[0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}
