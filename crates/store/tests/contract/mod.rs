//! The contract of a store: small named cases that every backend passes. A test file per backend runs them with
//! [`contract!`]; each case gets stores of its own.

pub mod log;
pub mod make;

/// One test per case, each on a fresh store from `$open` (an expression giving a `Bench`).
#[macro_export]
macro_rules! contract {
    ($open:expr; $($suite:ident: $($case:ident),+ $(,)?;)+) => { $(
        mod $suite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let bench = $open;
                    $crate::contract::$suite::$case(&bench).await;
                }
            )+
        }
    )+ };
}

/// Stores under test. `other` is a second handle on the same data, as a second node has it.
pub struct Bench {
    pub store: store::Store,
    pub other: store::Store,
    /// Kept until the case has ended.
    pub folder: tempfile::TempDir,
}

/// Every case of every suite, against one backend.
#[macro_export]
macro_rules! whole_contract {
    ($open:expr) => {
        $crate::contract! { $open;
            log:
                a_channel_without_a_log_has_no_head,
                events_return_as_they_were_appended,
                reads_begin_after_a_seq_and_stop_at_the_limit,
                an_append_on_an_old_head_loses_and_writes_nothing,
                an_append_ahead_of_the_head_loses,
                an_append_in_another_epoch_loses,
                an_append_ahead_of_an_empty_log_loses,
                an_operation_enters_once_for_ever,
                a_duplicate_undoes_its_whole_batch,
                the_same_operation_enters_two_channels,
                a_batch_with_a_gap_is_refused,
                a_batch_with_an_operation_twice_is_refused,
                an_empty_or_oversized_batch_is_refused,
                the_largest_batch_is_taken,
                heads_are_read_together,
                too_many_heads_are_refused,
                a_snapshot_is_kept_and_never_goes_back,
                a_snapshot_of_another_epoch_is_ignored,
                renewed_epochs_change_every_log_and_hide_snapshots,
                renewing_without_a_draw_is_refused,
                cards_follow_the_log,
                a_removed_video_leaves_the_card,
                members_follow_the_log,
                members_are_sorted_by_role_then_name,
                who_joins_again_keeps_the_day_they_came,
                messages_page_backwards,
                messages_show_present_names,
                public_channels_page_by_activity,
                rebuilt_tables_are_the_same;
        }
    };
}
