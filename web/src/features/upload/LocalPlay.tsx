// A film or a sound on its way to the server, played from the file here: for whoever uploads it alone.

import { Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '@/i18n/t';
import { cx } from '@/ui/cx';
import { Dialog } from '@/ui/dialog';
import { isSoundName } from './files';
import { fileOfUpload } from './upload-engine';
import { isUnsent, type UploadItem } from './upload-item';

/** The button over the picture of an upload, and what it opens. Nothing where the browser cannot play the file. */
export function LocalPlay({ item, dense }: { item: UploadItem; dense: boolean }) {
  const [address, setAddress] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => () => { if (address !== null) URL.revokeObjectURL(address); }, [address]);
  const file = fileOfUpload(item.id);
  const open = () => {
    if (file === null) return;
    setFailed(false);
    setAddress(URL.createObjectURL(file));
  };
  const sound = isSoundName(item.filename);
  // A picture of it is there: the browser has decoded it. Of a sound there is none, and its kind has to do.
  const canPlay = file !== null && isUnsent(item) && (item.poster !== null || (sound && new Audio().canPlayType(file.type) !== ''));
  const picture = canPlay && (
    <button
      type="button"
      aria-label={t('upload.playHereOf', { filename: item.filename })}
      className="absolute inset-0 grid place-items-center text-white focus-visible:-outline-offset-2"
    >
      <span className={cx('grid place-items-center rounded-full bg-over-picture', dense ? 'size-8' : 'size-11')}>
        <Play size={20} fill="currentColor" strokeWidth={1.75} aria-hidden className="ml-0.5" />
      </span>
    </button>
  );
  return (
    <Dialog
      {...(picture ? { trigger: picture } : {})}
      open={address !== null}
      onOpenChange={(wanted) => {
        if (wanted) open();
        else setAddress(null);
      }}
      title={item.filename}
      text={t('upload.playHere')}
      width="wide"
    >
      {failed && <p role="alert" className="text-list text-text-2">{t('upload.playHere.failed')}</p>}
      {address !== null && !failed && sound && (
        <audio src={address} controls autoPlay onError={() => setFailed(true)} className="w-full" />
      )}
      {address !== null && !failed && !sound && (
        <video
          src={address}
          controls
          autoPlay
          playsInline
          onError={() => setFailed(true)}
          className="aspect-video max-h-[70dvh] w-full rounded-base bg-stage"
        />
      )}
    </Dialog>
  );
}
