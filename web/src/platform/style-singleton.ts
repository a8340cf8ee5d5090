// Stands in for the package `react-style-singleton` (used by Radix to lock scrolling behind a dialog): the original
// puts a <style> element into the page, which the content security policy refuses. Constructed style sheets are not
// markup and are allowed. Same surface as the original's `styleSingleton`; aliased in vite.config.ts.

import { useLayoutEffect } from 'react';

interface Sheet {
  styles: string;
  users: number;
  sheet: CSSStyleSheet;
}

/** A component that applies its styles while it is mounted; the first of several wins, as in the original. */
export function styleSingleton(): (props: { styles: string; dynamic?: boolean }) => null {
  let current: Sheet | null = null;
  return function StyleSingleton({ styles, dynamic }) {
    useLayoutEffect(() => {
      if (current === null) {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        current = { styles, users: 0, sheet };
      } else if (dynamic && current.styles !== styles) {
        current.sheet.replaceSync(styles);
        current.styles = styles;
      }
      const mine = current;
      mine.users += 1;
      return () => {
        mine.users -= 1;
        if (mine.users > 0) return;
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== mine.sheet);
        if (current === mine) current = null;
      };
    }, [styles, dynamic]);
    return null;
  };
}
