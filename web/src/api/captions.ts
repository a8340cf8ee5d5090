// Captions of a version: fetched as WebVTT, added, changed, taken away and put back.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { AddCaptions, UpdateCaptions, VideoView } from '@/protocol/types';
import { api, seg } from './client';
import { keys } from './queries';
import { mediaUrl } from './media-address';

/** The WebVTT of captions. */
export async function fetchCaptions(version: string, caption: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(mediaUrl(version, `captions/${seg(caption)}.vtt`), { credentials: 'same-origin', signal });
  if (!response.ok) throw new Error(`captions: ${response.status}`);
  return response.text();
}

/** Changes of a channel's videos that stand beside picture and sound. */
export function useCaptionChanges(channel: string) {
  const client = useQueryClient();
  const settled = { onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }) };
  const add = useMutation({
    mutationFn: ({ video, ...body }: AddCaptions & { video: string }) => api.post<VideoView>(`/videos/${seg(video)}/captions`, body),
    ...settled,
  });
  const update = useMutation({
    mutationFn: ({ video, caption, ...body }: UpdateCaptions & { video: string; caption: string }) =>
      api.patch<VideoView>(`/videos/${seg(video)}/captions/${seg(caption)}`, body),
    ...settled,
  });
  const remove = useMutation({
    mutationFn: ({ video, caption }: { video: string; caption: string }) => api.delete(`/videos/${seg(video)}/captions/${seg(caption)}`),
    ...settled,
  });
  const restore = useMutation({
    mutationFn: ({ video, caption }: { video: string; caption: string }) => api.post<VideoView>(`/videos/${seg(video)}/captions/${seg(caption)}/restore`),
    ...settled,
  });
  return { add, update, remove, restore };
}
