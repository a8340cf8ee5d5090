// The last picture stands still while an element is filled anew, instead of black.

/** Shows what the element shows now as its poster, until it has a picture of its own again. */
export function holdPicture(video: HTMLVideoElement): void {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(video, 0, 0, width, height);
  video.poster = canvas.toDataURL('image/jpeg', 0.85);
  video.addEventListener('loadeddata', () => { video.removeAttribute('poster'); }, { once: true });
}
