import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { en } from './en';
import { t } from './t';

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'protocol' ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : [];
  });
}

const src = join(import.meta.dirname, '..');

describe('the message catalogue', () => {
  it('puts in variables and picks the plural', () => {
    expect(t('error.withCode', { sentence: 'No.', code: '1203' })).toBe('No. (1203)');
    expect(t('error.wait', { count: 1 })).toBe('Try again in 1 second.');
    expect(t('error.wait', { count: 1200 })).toBe('Try again in 1,200 seconds.');
  });

  it('every plural has the form "other", and no text shouts', () => {
    for (const [key, entry] of Object.entries(en)) {
      const texts = typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>);
      if (typeof entry !== 'string') expect(entry, key).toHaveProperty('other');
      for (const text of texts) {
        expect(text, key).not.toContain('!');
        expect(text.trim(), key).toBe(text);
        expect(text, key).not.toBe('');
      }
    }
  });

  it('no visible text stands in a component itself', () => {
    // Words between tags, or in an attribute that people read or hear.
    const between = />\s*([A-Z][A-Za-z ,.']{2,})\s*<\//;
    const attribute = /\b(aria-label|title|placeholder|alt|label|name|words)="([A-Z][^"]*)"/;
    const found = sources(src)
      .filter((path) => path.endsWith('.tsx'))
      .flatMap((path) => readFileSync(path, 'utf8').split('\n').flatMap((line, index) =>
        (between.exec(line) ?? attribute.exec(line)) ? [`${path.slice(src.length)}:${index + 1}: ${line.trim()}`] : []));
    expect(found).toEqual([]);
  });

  it('every key is used', () => {
    const code = sources(src).filter((path) => !path.includes('/i18n/en/')).map((path) => readFileSync(path, 'utf8')).join('\n');
    /** A key is used by its name, or by a beginning of it that is completed at run time. */
    const used = (key: string): boolean => {
      if (code.includes(`'${key}'`)) return true;
      for (let dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
        if (code.includes('`' + key.slice(0, dot + 1) + '${')) return true;
      }
      return false;
    };
    expect(Object.keys(en).filter((key) => !used(key))).toEqual([]);
  });
});
