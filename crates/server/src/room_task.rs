//! room_task (being written).
