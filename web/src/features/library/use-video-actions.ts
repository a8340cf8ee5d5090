// What can be done with a video of the library, each with what is said when it is done or refused.

import { useNavigate } from '@tanstack/react-router';
import { sentenceOf } from '@/api/client';
import { useCancelVideo, useCommand, useDeleteVideo, useRenameVideo, useRestoreVideo, useRetryJob } from '@/api/queries';
import { t } from '@/i18n/t';
import type { VideoView } from '@/protocol/types';
import { newId } from '@/sync/ids';
import { toast } from '@/ui/toast';

const complain = (error: unknown) => toast({ kind: 'bad', words: sentenceOf(error) });

/** The actions for one channel. */
export function useVideoActions(channel: string) {
  const command = useCommand(channel);
  const remove = useDeleteVideo(channel);
  const restore = useRestoreVideo(channel);
  const cancel = useCancelVideo(channel);
  const retry = useRetryJob(channel);
  const rename = useRenameVideo(channel);
  const navigate = useNavigate();
  return {
    /** Puts it on the channel's timeline and goes there. */
    play: (video: VideoView) => command.mutate(
      { t: 'playback.load', c: { video: video.video, play: true } },
      { onSuccess: () => void navigate({ to: '/channel/$channel', params: { channel } }), onError: complain },
    ),
    queue: (video: VideoView) => command.mutate(
      { t: 'queue.add', c: { item: newId(), video: video.video } },
      { onSuccess: () => toast({ kind: 'ok', words: t('library.queued', { title: video.title }) }), onError: complain },
    ),
    cancel: (video: VideoView) => cancel.mutate(video.video, { onError: complain }),
    retry: (job: string) => retry.mutate(job, { onError: complain }),
    rename: (video: VideoView, title: string) => rename.mutateAsync({ video: video.video, title }),
    /** At once, with a way back. */
    remove: (video: VideoView) => remove.mutate(video.video, {
      onSuccess: () => toast({
        kind: 'ok',
        words: t('library.deleted', { title: video.title }),
        action: {
          words: t('action.undo'),
          run: () => restore.mutate(video.video, {
            onSuccess: () => toast({ kind: 'ok', words: t('library.restored', { title: video.title }) }),
            onError: complain,
          }),
        },
      }),
      onError: complain,
    }),
    busy: command.isPending,
  };
}

/** Those actions. */
export type VideoActions = ReturnType<typeof useVideoActions>;
