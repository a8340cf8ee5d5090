// A picture of a file before it has been sent: the browser plays it if it can and one frame is drawn small.

/** Wait for a frame at most this long, milliseconds; many files (MKV, ProRes) cannot be played here. */
const FRAME_MS_MAX = 4_000;
const WIDTH = 480;

/** A JPEG as a data URL, or null where the browser cannot read the file. */
export async function localPoster(file: File): Promise<string | null> {
  const video = document.createElement('video');
  const address = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.preload = 'auto';
    video.src = address;
    await heard(video, 'loadedmetadata');
    // Not the first frame: it is often black.
    const middle = Number.isFinite(video.duration) ? Math.min(video.duration * 0.1, 5) : 0;
    if (middle > 0) {
      video.currentTime = middle;
      await heard(video, 'seeked');
    } else await heard(video, 'loadeddata');
    if (video.videoWidth === 0) return null;
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = Math.max(1, Math.round((WIDTH * video.videoHeight) / video.videoWidth));
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/jpeg', 0.7);
  } catch {
    return null;
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(address);
  }
}

function heard(video: HTMLVideoElement, word: string): Promise<void> {
  return new Promise((done, failed) => {
    const timer = window.setTimeout(() => failed(new Error('no frame in time')), FRAME_MS_MAX);
    video.addEventListener(word, () => {
      window.clearTimeout(timer);
      done();
    }, { once: true });
    video.addEventListener('error', () => {
      window.clearTimeout(timer);
      failed(new Error('not playable here'));
    }, { once: true });
  });
}
