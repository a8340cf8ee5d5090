// Chapter marks: which one a frame lies in, and where the next and the one before begin. Pure.

import type { ChapterView } from '@/protocol/types';
import { t } from '@/i18n/t';

/** Within so many seconds of its start, "previous chapter" goes to the one before. */
export const BACK_S = 2;

/** Number of the chapter that a frame lies in; -1 before the first mark. */
export function chapterAt(chapters: readonly ChapterView[], frame: number): number {
  return chapters.findLastIndex((chapter) => chapter.frame <= frame);
}

/** The first frame of the next chapter (1), or of this one or, near its start, the one before (-1); none: there is none. */
export function chapterFrom(chapters: readonly ChapterView[], frame: number, rate: { num: number; den: number }, by: 1 | -1): number | null {
  const now = chapterAt(chapters, frame);
  if (by > 0) return chapters[now + 1]?.frame ?? null;
  const start = chapters[now]?.frame ?? 0;
  if ((frame - start) * rate.den > BACK_S * rate.num) return start;
  return now > 0 ? chapters[now - 1]!.frame : 0;
}

/** Its name, or its number. */
export const chapterWords = (chapters: readonly ChapterView[], at: number): string =>
  chapters[at]?.title || t('chapters.number', { number: at + 1 });
