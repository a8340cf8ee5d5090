// How positions are written on this page: the person's choice, and the time code of the video on the stage.

import { createContext, useContext, useMemo, type ReactNode } from 'react';
import type { SourceTimecode, TimeStyle, TimeWriting } from './timecode';

interface Known {
  readonly style: TimeStyle;
  /** The version whose time code it is. */
  readonly version: string | null;
  readonly timecode: SourceTimecode | null;
}

const KnownTime = createContext<Known>({ style: 'clock', version: null, timecode: null });

/** Puts the choice, and what is known of the video on the stage, around what shows times. */
export function TimeProvider({ style, version, timecode, children }: Known & { children: ReactNode }) {
  const startFrame = timecode?.startFrame;
  const dropFrame = timecode?.dropFrame;
  // The same value as long as it says the same, however often the library is asked.
  const known = useMemo(
    () => ({ style, version, timecode: startFrame === undefined || dropFrame === undefined ? null : { startFrame, dropFrame } }),
    [style, version, startFrame, dropFrame],
  );
  return <KnownTime value={known}>{children}</KnownTime>;
}

/** How positions of a version are written. The time code of another video than that on the stage is not known. */
export function useTimeWriting(version: string | undefined): TimeWriting {
  const known = useContext(KnownTime);
  return useMemo(
    () => ({ style: known.style, timecode: known.version === version ? known.timecode : null }),
    [known, version],
  );
}
