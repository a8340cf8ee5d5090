// How hls.js fetches segments here: with its own loader, asking in the form in which a segment that is still being made
// is answered "later" instead of by an error.

import type { FragmentLoaderConstructor, FragmentLoaderContext, HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration } from 'hls.js';
import { LATER, LATER_HEADER } from '@/api/media-address';

type SegmentLoader = Loader<FragmentLoaderContext>;

/** A loader over the one of hls.js. "Later" is told to hls.js as an error with that status: its policy asks again. */
export function segmentLoader(base: HlsConfig['loader']): FragmentLoaderConstructor {
  return class extends (base as unknown as new (config: HlsConfig) => SegmentLoader) {
    override load(context: FragmentLoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<FragmentLoaderContext>): void {
      context.headers = { ...context.headers, ...LATER_HEADER };
      super.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, same, details) => {
          if (response.code === LATER) callbacks.onError({ code: LATER, text: 'being prepared' }, same, details, stats);
          else callbacks.onSuccess(response, stats, same, details);
        },
      });
    }
  };
}
