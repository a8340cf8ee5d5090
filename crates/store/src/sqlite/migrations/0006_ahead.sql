-- Films that are prepared while they are on their way: which bytes their jobs need, and which pieces will not change.

ALTER TABLE uploads ADD COLUMN needs TEXT;
-- As `pieces`: those whose request ended well. All of a part that has its hash.
ALTER TABLE parts ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
