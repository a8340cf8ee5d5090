// The captions of a video in its details: what there is, and for whoever may change the video: add, change, remove.

import { PencilLine, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useCaptionChanges } from '@/api/captions';
import { sentenceOf } from '@/api/client';
import { t } from '@/i18n/t';
import type { CaptionView, VersionView, VideoView } from '@/protocol/types';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';
import { toast } from '@/ui/toast';
import { captionWords } from '../player/captions';
import { CaptionDialog } from './CaptionDialog';

/** The list. */
export function CaptionList({ video, version, manage }: { video: VideoView; version: VersionView; manage: boolean }) {
  const [open, setOpen] = useState<CaptionView | 'new' | null>(null);
  const [removed, setRemoved] = useState<readonly CaptionView[]>([]);
  const { remove, restore } = useCaptionChanges(video.channel);
  const complain = (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) });

  // Here and not in a toast: what lies outside an open dialog cannot be pressed.
  const takeAway = (one: CaptionView) => remove.mutate({ video: video.video, caption: one.caption }, {
    onSuccess: () => setRemoved((before) => [...before, one]),
    onError: complain,
  });
  const putBack = (one: CaptionView) => restore.mutate({ video: video.video, caption: one.caption }, {
    onSuccess: () => setRemoved((before) => before.filter((other) => other.caption !== one.caption)),
    onError: complain,
  });

  return (
    <section aria-label={t('captions.list')} className="mt-5">
      <div className="flex min-h-9 items-center justify-between gap-4">
        <h3 className="text-list font-medium">{t('captions.list')}</h3>
        {manage && <Button size="dense" icon={Plus} onClick={() => setOpen('new')}>{t('captions.add')}</Button>}
      </div>
      {version.captions.length === 0
        ? <p className="py-2 text-list text-text-3">{t('captions.none')}</p>
        : (
            <ul>
              {version.captions.map((one) => (
                <li key={one.caption} className="flex min-h-11 items-center gap-3 border-b border-line py-1 last:border-0">
                  <div className="min-w-0 flex-1">
                    <p className="cut text-list">{captionWords(one)}</p>
                    <p className="text-meta text-text-3 tnum">{one.embedded ? t('captions.embedded') : t('captions.uploaded')} · {t('captions.cues', { count: one.cues })}</p>
                  </div>
                  {one.is_default && <Badge tone="plain">{t('captions.isDefault')}</Badge>}
                  {manage && (
                    <div className="flex items-center">
                      <IconButton icon={PencilLine} size="dense" name={t('captions.editOf', { name: captionWords(one) })} onClick={() => setOpen(one)} />
                      <IconButton icon={Trash2} size="dense" name={t('captions.removeOf', { name: captionWords(one) })} onClick={() => takeAway(one)} />
                    </div>
                  )}
                </li>
              ))}
            </ul>
          )}
      {removed.map((one) => (
        <p key={one.caption} role="status" className="flex min-h-11 items-center gap-3 text-list text-text-2">
          <span className="min-w-0 flex-1">{t('captions.removed', { name: captionWords(one) })}</span>
          <Button size="dense" kind="quiet" className="text-link" onClick={() => putBack(one)}>{t('action.undo')}</Button>
        </p>
      ))}
      {open !== null && <CaptionDialog channel={video.channel} video={video} version={version.version} {...(open === 'new' ? {} : { captions: open })} onClose={() => setOpen(null)} />}
    </section>
  );
}
