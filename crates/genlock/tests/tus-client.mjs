// The stock tus client, as people's own programs use it. Called by tus_client.rs:
//   node tus-client.mjs MODULE BASE COOKIE CHANNEL FILE STORAGE STOP_PERCENT
// Uploads FILE, going on from what STORAGE remembers; leaves at STOP_PERCENT (100: to the end). Says "at N" once per
// step of ten per cent and "done" at the end.
import fs from 'node:fs'
import { createRequire } from 'node:module'

const [module, base, cookie, channel, file, storage, stop] = process.argv.slice(2)
const tus = createRequire(import.meta.url)(module)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let said = -1

const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint: `${base}/api/v1/uploads`,
  chunkSize: 1024 * 1024,
  retryDelays: [100, 300, 500, 1000, 1000, 1000, 2000, 2000, 2000, 5000],
  headers: { cookie, origin: base },
  metadata: { filename: 'from tus-js-client.mp4', filetype: 'video/mp4', channel },
  urlStorage: new tus.FileUrlStorage(storage),
  removeFingerprintOnSuccess: true,
  // Slow enough for the plug to be pulled in between.
  onBeforeRequest: () => pause(40),
  onChunkComplete(_size, accepted, total) {
    const percent = Math.floor((accepted * 100) / total)
    if (Math.floor(percent / 10) > said) {
      said = Math.floor(percent / 10)
      console.log(`at ${percent}`)
    }
    if (percent >= Number(stop) && Number(stop) < 100) process.exit(0)
  },
  onError(error) {
    console.error(String(error))
    process.exit(1)
  },
  onSuccess() {
    console.log('done')
    process.exit(0)
  },
})
const previous = await upload.findPreviousUploads()
console.log(`remembers ${previous.length}`)
if (previous.length > 0) upload.resumeFromPreviousUpload(previous[0])
upload.start()
