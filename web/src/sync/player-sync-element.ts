// What a <video> tells about itself, across browsers. Reads only, but for the pitch flag.

import type { ElementKind } from './drift';

/** Members that some browsers have beside the standard. */
interface Vendor {
  webkitAudioDecodedByteCount?: number;
  webkitVideoDecodedByteCount?: number;
  mozHasAudio?: boolean;
  audioTracks?: { length: number };
  webkitPreservesPitch?: boolean;
  mozPreservesPitch?: boolean;
}

/** How the element's clock is driven. Sound is assumed until the browser knows better. */
export function kindOf(video: HTMLVideoElement): ElementKind {
  if (video.readyState >= 3 && isWithoutAudio(video as Vendor)) return 'silent';
  return video.muted || video.volume === 0 ? 'muted' : 'audio';
}

function isWithoutAudio(video: Vendor): boolean {
  if (video.mozHasAudio !== undefined) return !video.mozHasAudio;
  if (video.webkitAudioDecodedByteCount !== undefined && video.webkitVideoDecodedByteCount !== undefined) {
    return video.webkitVideoDecodedByteCount > 0 && video.webkitAudioDecodedByteCount === 0;
  }
  return video.audioTracks?.length === 0;
}

/** Whether there is something to go on with. At the end there is nothing to come. */
export function hasData(video: HTMLVideoElement): boolean {
  const atEnd = video.ended || video.currentTime >= video.duration - 0.1;
  return atEnd || video.readyState >= 3;
}

/** Whether it stands because there is nothing to go on with. */
export function stalledAt(video: HTMLVideoElement): boolean {
  return !video.seeking && !hasData(video);
}

/** Buffered ranges, seconds. */
export function bufferedRanges(video: HTMLVideoElement): [number, number][] {
  return Array.from({ length: video.buffered.length }, (_, at) => [video.buffered.start(at), video.buffered.end(at)]);
}

/** Whether a change of rate keeps the pitch. Keeping it at speed 1 costs about 18 ms of media with each trim. */
export function setPitchKept(video: HTMLVideoElement, kept: boolean): void {
  const vendor = video as Vendor & { preservesPitch?: boolean };
  if (vendor.preservesPitch === kept) return;
  if (vendor.preservesPitch !== undefined) vendor.preservesPitch = kept;
  else if (vendor.webkitPreservesPitch !== undefined) vendor.webkitPreservesPitch = kept;
  else if (vendor.mozPreservesPitch !== undefined) vendor.mozPreservesPitch = kept;
}
