//! What can go wrong in a store, in terms a caller can act on.

/// Result of a store's operation.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not there.
    #[error("not found")]
    NotFound,
    /// A unique value is taken, or a guarded write found another state.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The disk or quota is full.
    #[error("storage is full")]
    Full,
    /// The writer's queue is full or the store is closing; the same call may be made again.
    #[error("store is busy: {0}")]
    Busy(&'static str),
    /// The backend failed; the source is kept as text.
    #[error("store failed while {doing}: {reason}")]
    Backend {
        /// What was attempted.
        doing: &'static str,
        /// What the backend said.
        reason: String,
    },
}
