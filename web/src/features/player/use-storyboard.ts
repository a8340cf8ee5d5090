// The storyboard of the version on the stage, fetched when the rail is first pointed at.

import { useQuery } from '@tanstack/react-query';
import { orLater } from '@/api/media-address';
import { fetchStoryboard } from '@/api/storyboard';
import { cuesOf, type Cue } from './storyboard';

const none: readonly Cue[] = [];

/** Its pictures; none while there are none. Asked again while the version is prepared. */
export function useStoryboard(version: string | null, wanted: boolean, ready: boolean): readonly Cue[] {
  const { data } = useQuery({
    queryKey: ['storyboard', version],
    queryFn: async ({ signal }) => {
      const found = version === null ? null : await fetchStoryboard(version, signal);
      return found ? cuesOf(found.vtt, found.base).map((cue) => ({ ...cue, sheet: orLater(cue.sheet) })) : none;
    },
    enabled: wanted && version !== null,
    staleTime: ready ? Infinity : 15_000,
  });
  return data ?? none;
}
