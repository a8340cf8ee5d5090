// The final shape in grey while something loads; seen only after 200 ms, so that what is quick does not flicker.

import { t } from '@/i18n/t';
import { cx } from './cx';

/** One grey shape; its size comes from the class. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx('animate-breathe rounded-base bg-surface-2', className)} />;
}

/** Wraps the skeletons of one region: waits 200 ms, and says "Loading" to screen readers. */
export function SkeletonRegion({ className, children }: { className?: string; children: React.ReactNode }) {
  return (
    <div role="status" aria-busy className={cx('animate-late', className)}>
      <span className="sr-only">{t('state.loading')}</span>
      {children}
    </div>
  );
}
