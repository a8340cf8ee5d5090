// What can be done with an upload: pause, go on, choose the file again, try again, cancel.

import { Pause, Play, RotateCw, X } from 'lucide-react';
import { useRef } from 'react';
import { t } from '@/i18n/t';
import { Button, IconButton } from '@/ui/button';
import { toast } from '@/ui/toast';
import { ACCEPT, hasHandlePicker, pickWithHandles, plainFiles, type ChosenFile } from './files';
import { cancelUpload, dismissUpload, giveFile, pauseUpload, resumeUpload } from './upload-engine';
import type { UploadItem } from './upload-item';

/** The buttons. `words` shows the one to go on with as a button with words. */
export function UploadActions({ item }: { item: UploadItem }) {
  const input = useRef<HTMLInputElement>(null);
  const { filename } = item;

  const given = async (chosen: ChosenFile[]) => {
    const [one] = chosen;
    if (!one) return;
    const differs = await giveFile(item.id, one);
    if (differs !== null) toast({ kind: 'bad', words: differs });
  };
  const goOn = async () => {
    if (await resumeUpload(item.id)) return;
    if (hasHandlePicker()) await given(await pickWithHandles(t('upload.videos'), false));
    else input.current?.click();
  };

  return (
    <div className="flex shrink-0 items-center gap-1">
      {(item.state === 'sending' || item.state === 'stalled' || item.state === 'waiting' || item.state === 'comparing') && (
        <IconButton icon={Pause} filled size="dense" name={t('upload.pauseOf', { filename })} onClick={() => pauseUpload(item.id)} />
      )}
      {item.state === 'paused' && (
        <IconButton icon={Play} filled size="dense" name={t('upload.resumeOf', { filename })} onClick={() => void goOn()} />
      )}
      {item.state === 'needsFile' && (
        <Button size="dense" onClick={() => void goOn()} aria-label={item.hasHandle ? t('upload.resumeOf', { filename }) : t('upload.chooseOf', { filename })}>
          {item.hasHandle ? t('upload.continue') : t('upload.choose')}
        </Button>
      )}
      {item.state === 'failed' && item.canRetry && (
        <IconButton icon={RotateCw} size="dense" name={t('upload.retryOf', { filename })} onClick={() => void goOn()} />
      )}
      {item.state === 'sent' || (item.state === 'failed' && !item.canRetry)
        ? <IconButton icon={X} size="dense" name={t('action.dismiss')} onClick={() => dismissUpload(item.id)} />
        : <IconButton icon={X} size="dense" name={t('upload.cancelOf', { filename })} onClick={() => void cancelUpload(item.id)} />}
      <input
        ref={input}
        type="file"
        accept={ACCEPT}
        tabIndex={-1}
        aria-hidden
        data-resume={item.id}
        className="hidden"
        onChange={(event) => {
          const files = plainFiles(event.target.files ?? []);
          event.target.value = '';
          void given(files);
        }}
      />
    </div>
  );
}
