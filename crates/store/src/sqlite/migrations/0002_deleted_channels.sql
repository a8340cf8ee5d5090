-- Since when a channel is deleted; derived like the rest of its row. The sweep erases it when the undo time is over.
ALTER TABLE channels ADD COLUMN deleted_at INTEGER;
CREATE INDEX channels_deleted ON channels (deleted_at) WHERE deleted_at IS NOT NULL;
