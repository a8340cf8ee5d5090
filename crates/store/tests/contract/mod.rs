//! The contract of a store: small named cases that every backend passes. A test file per backend runs them with
//! [`whole_contract!`]; each case gets stores of its own.

pub mod blobs;
pub mod deleted;
pub mod jobs;
pub mod log;
pub mod make;
pub mod parts;
pub mod people;
pub mod race;
pub mod videos;

/// Stores under test.
pub struct Bench {
    pub store: store::Store,
    /// A second handle on the same data, as a second node has it.
    pub other: store::Store,
    /// Where the data lies; cases may put files of their own there.
    pub folder: tempfile::TempDir,
}

/// One test per case, each on what `$open` (an expression giving a `Bench`) gives.
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

/// Every case of every suite, against one backend.
#[macro_export]
macro_rules! whole_contract {
    ($open:expr) => {
        $crate::contract! { $open;
            log:
                a_channel_without_a_log_has_no_head,
                law_2_events_return_as_they_were_appended,
                reads_begin_after_a_seq_and_stop_at_the_limit,
                an_append_on_an_old_head_loses_and_writes_nothing,
                an_append_ahead_of_the_head_loses,
                an_append_in_another_epoch_loses,
                an_append_ahead_of_an_empty_log_loses,
                law_5_an_operation_enters_once_for_ever,
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
                law_3_renewed_epochs_change_every_log_and_hide_snapshots,
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
            deleted:
                a_deleted_channel_is_not_listed_and_comes_back,
                law_16_an_erased_channel_keeps_seq_id_and_kind_and_nothing_else,
                a_channel_is_erased_only_when_its_time_is_over;
            people:
                people_are_found_by_id_and_email,
                an_email_has_one_account,
                guests_share_having_no_email,
                there_is_one_first_owner,
                a_guest_becomes_a_user_once,
                a_new_password_ends_the_sessions,
                sessions_come_with_their_person_until_they_end,
                expired_sessions_are_swept,
                settings_are_set_changed_and_removed,
                tokens_are_found_by_their_hash_until_withdrawn,
                invites_return_and_are_listed_newest_first,
                an_invite_is_refused_with_the_reason;
            videos:
                an_upload_comes_with_its_video_and_version,
                an_upload_that_does_not_fit_leaves_nothing,
                offsets_never_go_back,
                completing_an_upload_twice_changes_nothing,
                a_cancelled_upload_is_forgotten,
                stale_uploads_and_the_reserved_room,
                updates_change_only_what_they_name,
                videos_page_newest_first,
                captions_belong_to_a_version_with_one_default,
                removed_captions_come_back_or_are_swept,
                captions_are_bounded,
                a_removed_video_comes_back_or_is_swept;
            parts:
                an_upload_comes_in_one_way,
                pieces_count_once_in_any_order,
                a_whole_upload_without_a_hash_is_not_whole,
                damaged_pieces_are_forgotten,
                sealed_pieces_stay,
                jobs_run_ahead_of_the_last_byte,
                an_upload_given_up_takes_its_jobs_along,
                the_same_bytes_are_found_in_the_channel;
            jobs:
                a_claim_counts_leases_and_names,
                the_most_urgent_job_that_fits_comes_first,
                a_key_enters_once_per_version,
                a_job_waits_for_the_kinds_before_it,
                law_11_an_expired_lease_is_claimed_again_and_the_zombie_changes_nothing,
                a_renewed_lease_holds,
                completing_changes_version_and_queue_at_once,
                a_state_is_reached_once_however_many_jobs_bring_it,
                bad_input_is_dead_at_once_and_takes_the_others_along,
                a_failed_try_comes_back_until_the_attempts_are_used_up,
                runners_that_vanish_use_up_the_attempts,
                failures_with_a_word_are_not_counted_as_vanished,
                a_suspect_runs_alone_and_has_its_turn,
                a_job_that_needed_too_much_runs_alone,
                jobs_are_listed_by_state_and_page,
                a_dead_job_of_a_ready_version_leaves_it_ready,
                a_released_claim_costs_no_attempt,
                a_dead_runner_gives_its_jobs_back_at_once,
                raising_moves_a_waiting_job_to_the_front,
                a_cancelled_version_has_no_work_left,
                a_retry_brings_back_the_job_and_what_went_with_it,
                a_retry_does_not_bring_back_what_a_person_cancelled;
            blobs:
                what_is_put_can_be_read,
                what_is_not_there_is_not_found,
                keys_that_leave_their_place_are_refused,
                law_11_a_final_object_never_changes,
                files_are_moved_in,
                parts_are_written_in_any_order,
                promoting_again_changes_nothing,
                ffmpeg_can_read_a_local_path,
                keys_are_listed_in_order_and_removed_by_prefix,
                oversized_reads_are_refused;
            race:
                law_4_two_nodes_with_conflicting_commands_never_fork_a_log,
                losers_in_a_shared_commit_undo_nobody,
                an_invite_for_five_lets_five_of_twenty_in,
                one_of_many_becomes_the_first_owner,
                an_upload_completes_once_whoever_says_so,
                no_job_is_held_by_two_runners;
        }
    };
}
