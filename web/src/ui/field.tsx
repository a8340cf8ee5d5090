// Text fields with label, hint and error. 16 px words on phones, so that nothing zooms.

import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from 'react';
import { cx } from './cx';

/** Classes of every text input. */
export const inputClass =
  'h-9 w-full rounded-base border border-edge bg-field px-3 text-body text-text placeholder:text-text-3 transition-colors '
  + 'max-md:h-11 max-md:text-title focus-visible:outline-offset-0 focus-visible:border-focus '
  + 'aria-invalid:border-bad disabled:opacity-45';

export interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  /** The label is for screen readers only. */
  labelHidden?: boolean;
  hint?: string | undefined;
  error?: string | undefined;
  /** Stands at the right end, inside. */
  end?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

/** A labelled text field. */
export function TextField({ label, labelHidden = false, hint, error, end, className, id, ...rest }: TextFieldProps) {
  const made = useId();
  const fieldId = id ?? made;
  const noteId = `${fieldId}-note`;
  const note = error ?? hint;
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={fieldId} className={labelHidden ? 'sr-only' : 'text-list font-medium text-text'}>{label}</label>
      <div className="relative">
        <input
          {...rest}
          id={fieldId}
          aria-invalid={error !== undefined || undefined}
          aria-describedby={note === undefined ? undefined : noteId}
          className={cx(inputClass, end !== undefined && 'pr-11')}
        />
        {end !== undefined && <div className="absolute inset-y-0 right-1 flex items-center">{end}</div>}
      </div>
      {note !== undefined && (
        <p id={noteId} role={error === undefined ? undefined : 'alert'} className={cx('text-meta', error === undefined ? 'text-text-3' : 'text-bad')}>
          {note}
        </p>
      )}
    </div>
  );
}
