// English, put together from one file per feature. A key begins with its feature's name.

import { account } from './account';
import { auth } from './auth';
import { captions } from './captions';
import { channel } from './channel';
import { common } from './common';
import { home } from './home';
import { invite } from './invite';
import { jobs } from './jobs';
import { library } from './library';
import { members } from './members';
import { numbers } from './numbers';
import { upload } from './upload';

/** All texts. */
export const en = {
  ...common,
  ...home,
  ...auth,
  ...invite,
  ...library,
  ...upload,
  ...members,
  ...account,
  ...channel,
  ...jobs,
  ...numbers,
  ...captions,
} as const;
