// The choice of a version's poster.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { VersionView, VideoView } from '@/protocol/types';
import { api, seg } from './client';
import { keys } from './queries';

/** Looks for the new poster this often, milliseconds. */
const LOOK_MS = 700;
/** Given up after so many looks: about half a minute; then it comes with the next look at the library. */
const LOOKS_MAX = 45;

/** Chooses a frame, and waits until it is the poster. */
export function useChoosePoster(channel: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ video, version, frame }: { video: string; version: string; frame: number }) => {
      await api.put(`/videos/${seg(video)}/poster`, { version, frame });
      for (let look = 0; look < LOOKS_MAX; look += 1) {
        const view = await api.get<VideoView>(`/videos/${seg(video)}`);
        if (view.versions.some((one: VersionView) => one.version === version && one.poster_frame === frame)) return true;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return false;
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.videos(channel) }),
  });
}
