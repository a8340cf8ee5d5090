// Words of the person's own page.

export const account = {
  'account.keep.title': 'Keep your place',
  'account.keep.text': 'Create an account to come back from any device. Your messages and your name stay yours.',
  'account.keep.done': 'Your account is made. You can sign in with it from now on.',
  'account.keyboard': 'Keyboard',
  'account.showKeys': 'Show all shortcuts',
  'mediaTools.title': 'Video tools of this server',
  'mediaTools.holes': 'Known holes: {note}.',
  'mediaTools.level': 'Sandbox level',
  'mediaTools.level.open': 'Below the floor: uploads are accepted at your own risk.',
  'mediaTools.level.floor': 'Files, processes and network are walled off.',
  'mediaTools.level.walled': 'Files, processes, network and signals are walled off twice.',
  'mediaTools.level.separate': 'ffmpeg lives in namespaces of its own.',
  'mediaTools.level.full': 'Everything this server can build.',
  'mediaTools.there': 'in force',
  'mediaTools.missing': 'missing',
  'mediaTools.lack': 'Without {what}: {why}.',
  'mediaTools.raise': 'To have it: {raise}',
} as const;
