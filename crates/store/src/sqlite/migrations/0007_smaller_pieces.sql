-- Pieces of uploads became a quarter as long: each mark becomes four, as far as the part has bytes.
UPDATE parts SET
  pieces = (15 * ((pieces & 1) | ((pieces & 2) << 3) | ((pieces & 4) << 6) | ((pieces & 8) << 9) | ((pieces & 16) << 12)
      | ((pieces & 32) << 15) | ((pieces & 64) << 18) | ((pieces & 128) << 21)))
    & ((1 << ((SELECT min(8388608, bytes - number * 8388608) + 262143 FROM uploads WHERE uploads.upload = parts.upload)
      / 262144)) - 1),
  sealed = (15 * ((sealed & 1) | ((sealed & 2) << 3) | ((sealed & 4) << 6) | ((sealed & 8) << 9) | ((sealed & 16) << 12)
      | ((sealed & 32) << 15) | ((sealed & 64) << 18) | ((sealed & 128) << 21)))
    & ((1 << ((SELECT min(8388608, bytes - number * 8388608) + 262143 FROM uploads WHERE uploads.upload = parts.upload)
      / 262144)) - 1);
