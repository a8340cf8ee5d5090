// A bar of work done. It may have two parts: the first is done by this page (sending), the second by the server.

import { cx } from './cx';

/** Progress from 0 to 1, of one or two parts; `label` is its name. */
export function Progress({ label, parts, tone = 'accent', words, className }: {
  label: string;
  /** One or two values from 0 to 1. */
  parts: readonly number[];
  tone?: 'accent' | 'ok' | 'warn' | 'bad';
  /** Read instead of the per cent. */
  words?: string;
  className?: string;
}) {
  const whole = parts.reduce((sum, part) => sum + clamp(part), 0) / Math.max(1, parts.length);
  const fill = { accent: 'bg-accent', ok: 'bg-ok', warn: 'bg-warn', bad: 'bg-bad' }[tone];
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(whole * 100)}
      aria-valuetext={words}
      className={cx('flex h-1 gap-0.5', className)}
    >
      {parts.map((part, index) => (
        <span key={index} className="h-full flex-1 overflow-hidden rounded-full bg-surface-3">
          <span
            style={{ transform: `scaleX(${clamp(part).toFixed(4)})` }}
            className={cx('block h-full origin-left rounded-full transition-transform duration-120', fill)}
          />
        </span>
      ))}
    </div>
  );
}

function clamp(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
