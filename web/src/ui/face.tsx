// Faces: coloured initials, 16 (marks), 20 (toasts), 24 (chat) or 32 px (people). Colour is never the only sign: the
// name is there for screen readers and, where asked, as a tooltip.

import { t } from '@/i18n/t';
import { cx } from './cx';
import { initialsOf, personColor, type PersonColor } from './people-colors';
import { Tooltip } from './tooltip';

export type FaceSize = 16 | 20 | 24 | 32 | 48;

const boxes: Record<FaceSize, string> = {
  16: 'size-4 text-[8px]',
  20: 'size-5 text-[9px]',
  24: 'size-6 text-[10px]',
  32: 'size-8 text-meta',
  48: 'size-12 text-title',
};

/** A person as drawn here. */
export interface FacePerson {
  person: string;
  name: string;
}

export interface FaceProps {
  of: FacePerson;
  size?: FaceSize;
  /** The colour in this channel; without it that of the id. */
  color?: PersonColor | undefined;
  /** The name stands beside it in words: then the face says nothing. */
  named?: boolean;
  className?: string;
}

/** One face. */
export function Face({ of, size = 24, color, named = false, className }: FaceProps) {
  const { fill, ink, dashed } = color ?? personColor(of.person);
  return (
    <span
      {...(named ? { 'aria-hidden': true } : { role: 'img', 'aria-label': of.name })}
      style={{ backgroundColor: fill, color: ink }}
      className={cx(
        'inline-grid shrink-0 place-items-center rounded-full font-semibold select-none',
        dashed && 'outline-1 outline-offset-1 outline-dashed outline-text-2',
        boxes[size], className,
      )}
    >
      <span aria-hidden>{initialsOf(of.name)}</span>
    </span>
  );
}

/** How many faces a stack shows before "+n" (product.md). */
export const FACES_SHOWN_MAX = 5;

/** Faces over each other by 8 px, at most five, then "+7". `total` counts those not in the list too. */
export function FaceStack({ people, total, size = 24, colors, ring = 'ring-bg', tips = false }: {
  people: readonly FacePerson[];
  total?: number;
  size?: FaceSize;
  colors?: ReadonlyMap<string, PersonColor>;
  /** Class of the ring that parts them: the colour of what they stand on. */
  ring?: string;
  /** Names as tooltips. */
  tips?: boolean;
}) {
  const shown = people.slice(0, FACES_SHOWN_MAX);
  const rest = Math.max(total ?? people.length, people.length) - shown.length;
  if (shown.length === 0) return null;
  return (
    <ul aria-label={t('face.here', { count: total ?? people.length })} className="flex items-center">
      {shown.map((one, index) => {
        const color = colors?.get(one.person);
        // Initials stand in the middle of what the next face leaves free.
        const covered = index < shown.length - 1 && 'pr-2 text-[9px] tracking-tight';
        const face = <Face of={one} size={size} color={color} className={cx('ring-2', ring, covered)} />;
        return (
          <li key={one.person} className={cx('flex', index > 0 && '-ml-2')}>
            {tips ? <Tooltip words={one.name}><span className="flex">{face}</span></Tooltip> : face}
          </li>
        );
      })}
      {rest > 0 && <li className="ml-1.5 text-meta font-medium text-text-2 tnum">{t('face.more', { count: rest })}</li>}
    </ul>
  );
}
