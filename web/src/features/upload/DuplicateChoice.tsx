// The same film is here already: look at it, or upload this one anyway.

import { Link } from '@tanstack/react-router';
import { t } from '@/i18n/t';
import { Button, buttonClass } from '@/ui/button';
import { uploadAnyway } from './upload-engine';
import type { UploadItem } from './upload-item';

/** The two buttons; nothing for uploads that are no duplicates. */
export function DuplicateChoice({ item }: { item: UploadItem }) {
  if (item.state !== 'duplicate' || item.same === null) return null;
  const { title } = item.same;
  return (
    <div className="mt-2 flex flex-wrap gap-2">
      <Link
        to="/channel/$channel/library"
        params={{ channel: item.channel }}
        hash={`video-${item.same.video}`}
        aria-label={t('upload.showOf', { title })}
        className={buttonClass('secondary', 'dense')}
      >
        {t('upload.show')}
      </Link>
      <Button size="dense" aria-label={t('upload.anywayOf', { filename: item.filename })} onClick={() => uploadAnyway(item.id)}>
        {t('upload.anyway')}
      </Button>
    </div>
  );
}
