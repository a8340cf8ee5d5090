// A new title for a video.

import { useState, type SyntheticEvent } from 'react';
import { sentenceOf } from '@/api/client';
import { t } from '@/i18n/t';
import type { VideoView } from '@/protocol/types';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';

/** The dialog, open while mounted. */
export function RenameDialog({ video, onOpenChange, onSave }: {
  video: VideoView;
  onOpenChange: (open: boolean) => void;
  onSave: (title: string) => Promise<unknown>;
}) {
  const [title, setTitle] = useState(video.title);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setBusy(true);
    onSave(title.trim()).then(() => onOpenChange(false), setError).finally(() => setBusy(false));
  };

  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={t('library.rename')}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>{t('action.cancel')}</Button>
          <Button kind="primary" type="submit" form="rename-video" busy={busy}>{t('action.save')}</Button>
        </>
      }
    >
      <form id="rename-video" onSubmit={submit}>
        <TextField
          label={t('library.title')}
          required
          autoFocus
          value={title}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setTitle(event.target.value)}
          error={error === null ? undefined : sentenceOf(error)}
        />
      </form>
    </Dialog>
  );
}
