import { act, fireEvent, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Poster } from './poster';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const fail = (container: HTMLElement) => fireEvent.error(container.querySelector('img')!);

test('a poster in the making is asked for again until it is there', () => {
  const { container } = render(<Poster src="/media/v/poster.jpg" />);
  for (const waitMs of [1_000, 2_000, 4_000]) {
    fail(container);
    expect(container.querySelector('img')).toBeNull();
    act(() => void vi.advanceTimersByTime(waitMs - 1));
    expect(container.querySelector('img')).toBeNull();
    act(() => void vi.advanceTimersByTime(1));
    expect(container.querySelector('img')).not.toBeNull();
  }
  fireEvent.load(container.querySelector('img')!);
  act(() => void vi.advanceTimersByTime(600_000));
  expect(container.querySelector('img')).not.toBeNull();
});

test('one that never comes is given up; another address begins anew', () => {
  const { container, rerender } = render(<Poster src="/media/v/poster.jpg" />);
  let asked = 0;
  while (container.querySelector('img')) {
    asked += 1;
    fail(container);
    act(() => void vi.advanceTimersByTime(600_000));
  }
  expect(asked).toBe(8);
  rerender(<Poster src="/media/v/poster.jpg?frame=7" />);
  expect(container.querySelector('img')).not.toBeNull();
});
