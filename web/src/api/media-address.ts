// Addresses of a version's media, and how the page asks for what may still be in the making: by RFC 7240's
// `respond-async` the server then answers 202, "later", instead of 503, which every browser writes to its console as
// an error, whatever the page does with it.

/** The preference, as a header. */
export const LATER_HEADER = { prefer: 'respond-async' } as const;
/** Status of "later". */
export const LATER = 202;

/** Address of a version's media. */
export function mediaUrl(version: string, name: string): string {
  return `/media/${encodeURIComponent(version)}/${name}`;
}

/** The same preference for a picture, whose element can set no header. */
export const orLater = (address: string): string => `${address}?prefer=respond-async`;

/** Address of a version's poster; another one when somebody has chosen another frame. */
export const posterUrl = (version: string, frame: number | null = null): string =>
  orLater(mediaUrl(version, 'poster.jpg')) + (frame === null ? '' : `&frame=${frame}`);
