// Where a refusal is shown: beside its field if it names one of the form's, else above the button.

import { ApiError, sentenceOf } from '@/api/client';
import { Code } from '@/protocol/codes';

/** Fields that some codes are about, where the server names none. */
const fieldOfCode: Readonly<Record<number, string>> = {
  [Code.NameInvalid]: 'name',
  [Code.PasswordWeak]: 'password',
  [Code.EmailTaken]: 'email',
};

/** The sentence for each field of a form and for the form as a whole. */
export function formError(error: unknown, fields: readonly string[]): { field: (name: string) => string | undefined; form: string | null } {
  if (error === null || error === undefined) return { field: () => undefined, form: null };
  const sentence = sentenceOf(error);
  const at = error instanceof ApiError ? (error.field ?? fieldOfCode[error.code] ?? null) : null;
  if (at !== null && fields.includes(at)) return { field: (name) => (name === at ? sentence : undefined), form: null };
  return { field: () => undefined, form: sentence };
}
