// Runs a drawing once per animation frame while something moves: the playhead and the figures are written straight
// into the document, so that React is not asked sixty times a second.

import { useEffect, useRef } from 'react';

/** Calls `draw` once per animation frame while mounted. */
export function useFrameLoop(draw: () => void): void {
  const latest = useRef(draw);
  useEffect(() => {
    latest.current = draw;
  });
  useEffect(() => {
    let handle = 0;
    const loop = () => {
      latest.current();
      handle = requestAnimationFrame(loop);
    };
    handle = requestAnimationFrame(loop);
    return () => cancelAnimationFrame(handle);
  }, []);
}
