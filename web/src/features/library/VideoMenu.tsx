// The menu of a video: play, queue, details, rename, stop preparing, delete.

import { EllipsisVertical, Info, ListPlus, PencilLine, Play, RotateCw, SquareX, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { mayManageVideo, mayTakePart } from '@/api/rights';
import { isUnderWay } from '@/api/queries';
import { t } from '@/i18n/t';
import type { Role, VideoView } from '@/protocol/types';
import { IconButton } from '@/ui/button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { DetailsDialog } from './DetailsDialog';
import { watchable } from './library-entries';
import { RenameDialog } from './RenameDialog';
import type { VideoActions } from './use-video-actions';

/** The menu on its button. */
export function VideoMenu({ video, role, me, actions }: { video: VideoView; role: Role | null; me: string | null; actions: VideoActions }) {
  const [open, setOpen] = useState<'details' | 'rename' | null>(null);
  const manage = mayManageVideo(role, video.added_by?.person === me);
  const newest = video.versions[0];
  const canWatch = watchable(video) !== undefined && mayTakePart(role);
  const retry = newest?.failure?.retry ?? null;
  const close = (next: boolean) => { if (!next) setOpen(null); };
  return (
    <>
      <Menu trigger={<IconButton icon={EllipsisVertical} size="dense" name={t('library.menuOf', { title: video.title })} />}>
        {canWatch && <MenuItem icon={Play} onSelect={() => actions.play(video)}>{t('library.play')}</MenuItem>}
        {canWatch && <MenuItem icon={ListPlus} onSelect={() => actions.queue(video)}>{t('library.queue')}</MenuItem>}
        <MenuItem icon={Info} onSelect={() => setOpen('details')}>{t('library.details')}</MenuItem>
        {manage && (
          <>
            <MenuLine />
            {retry !== null && <MenuItem icon={RotateCw} onSelect={() => actions.retry(retry)}>{t('action.retry')}</MenuItem>}
            {newest && isUnderWay(newest.state) && (
              <MenuItem icon={SquareX} onSelect={() => actions.cancel(video)}>{t('library.cancel')}</MenuItem>
            )}
            <MenuItem icon={PencilLine} onSelect={() => setOpen('rename')}>{t('action.rename')}</MenuItem>
            <MenuItem icon={Trash2} danger onSelect={() => actions.remove(video)}>{t('action.delete')}</MenuItem>
          </>
        )}
      </Menu>
      <DetailsDialog video={video} manage={manage} open={open === 'details'} onOpenChange={close} />
      {open === 'rename' && <RenameDialog video={video} onOpenChange={close} onSave={(title) => actions.rename(video, title)} />}
    </>
  );
}
