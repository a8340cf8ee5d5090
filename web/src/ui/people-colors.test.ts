import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelColors, initialsOf, PERSON_COLORS, personColor } from './people-colors';

describe('colours of people', () => {
  it('the first ten of a channel all differ, the eleventh has a dashed ring', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.uuid(), { minLength: 11, maxLength: 30 }), (ids) => {
      const colors = [...channelColors(ids).values()];
      expect(new Set(colors.slice(0, PERSON_COLORS).map((one) => one.fill)).size).toBe(PERSON_COLORS);
      expect(colors.slice(0, PERSON_COLORS).every((one) => !one.dashed)).toBe(true);
      expect(colors.slice(PERSON_COLORS).every((one) => one.dashed)).toBe(true);
    }));
  });

  it('the first of a channel keeps the colour of their id', () => {
    fc.assert(fc.property(fc.uuid(), (id) => {
      expect(channelColors([id, 'other']).get(id)).toEqual(personColor(id));
    }));
  });

  it('initials are whole characters', () => {
    expect(initialsOf('Ada Lovelace')).toBe('AL');
    expect(initialsOf('  grace  brewster hopper ')).toBe('GH');
    expect(initialsOf('𝒜da')).toBe('𝒜');
    expect(initialsOf('')).toBe('?');
  });
});
