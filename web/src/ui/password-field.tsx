// A password field that can be shown, so that it can be checked.

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { t } from '@/i18n/t';
import { IconButton } from './button';
import { TextField, type TextFieldProps } from './field';

/** A field for a password. */
export function PasswordField(props: Omit<TextFieldProps, 'type' | 'end'>) {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      spellCheck={false}
      end={
        <IconButton
          icon={shown ? EyeOff : Eye}
          size="dense"
          name={shown ? t('password.hide') : t('password.show')}
          aria-pressed={shown}
          className="mr-1"
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}
