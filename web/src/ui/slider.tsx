// A slider (volume): arrows move it by steps, the hit height is 24 px.

import { Slider as Radix } from 'radix-ui';
import { cx } from './cx';

/** A value between `min` and `max`. */
export function Slider({ label, value, min = 0, max = 1, step = 0.05, words, onChange, onCommit, className }: {
  label: string;
  value: number;
  min?: number;
  max?: number;
  step?: number;
  /** Read as the value. */
  words?: string;
  onChange: (value: number) => void;
  onCommit?: (value: number) => void;
  className?: string;
}) {
  return (
    <Radix.Root
      value={[value]}
      min={min}
      max={max}
      step={step}
      onValueChange={([next]) => { if (next !== undefined) onChange(next); }}
      onValueCommit={([next]) => { if (next !== undefined) onCommit?.(next); }}
      className={cx('relative flex h-6 w-24 touch-none items-center', className)}
    >
      <Radix.Track className="relative h-1 flex-1 rounded-full bg-surface-3">
        <Radix.Range className="absolute h-full rounded-full bg-accent" />
      </Radix.Track>
      <Radix.Thumb aria-label={label} aria-valuetext={words} className="block size-3.5 rounded-full bg-text shadow-card" />
    </Radix.Root>
  );
}
