// One way to draw an icon: Lucide, 20 px (16 dense), stroke 1.75. Icons are decoration; the control around carries
// the name.

import type { LucideIcon } from 'lucide-react';

/** An icon. `filled` is for play and pause. */
export function Icon({ of: Shape, size = 20, filled = false, className }: {
  of: LucideIcon;
  size?: 16 | 20 | 24 | 32;
  filled?: boolean;
  className?: string;
}) {
  return (
    <Shape
      aria-hidden
      size={size}
      strokeWidth={1.75}
      fill={filled ? 'currentColor' : 'none'}
      className={className}
    />
  );
}
