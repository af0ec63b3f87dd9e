//! What must hold of a store, on every database:
//!
//! * migrations are applied once each, in order, and are never another text or another program's;
//! * one writer at a time, served in turn, whose work is seen when committed and gone when not;
//! * an error dooms its transaction; a taken key is told by the same name everywhere;
//! * what goes in comes out, NULL in every type, batches of any length;
//! * outbox numbers have no gap, an inbox takes each message once;
//! * a second process is refused, or stands by; nobody gets what is recorded as another's;
//! * who reads in a lane of its own waits for nobody.
//!
//! The bodies run over SQLite, and once more over PostgreSQL (`./test`); what is about one of the two alone stands in `sqlite_files` and
//! `postgres_server`.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod databases;
mod mailboxes;
mod migrations;
mod openings;
mod postgres_server;
mod readers;
mod sqlite_files;
mod transactions;
mod values;

/// Makes a test of every scenario.
macro_rules! with_a_fresh_database {
    ($($room:ident: $($scenario:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $scenario() {
                crate::$room::$scenario(&crate::databases::Fresh::new()).await;
            }
        )+)+
    };
}

with_a_fresh_database! {
    mailboxes:
        numbers_of_a_topic_have_no_gap_whatever_is_rolled_back,
        what_is_delivered_is_not_offered_again_but_can_be_asked_for,
        nothing_can_be_delivered_that_was_not_published,
        an_inbox_takes_each_message_once_and_in_order,
        a_rolled_back_message_is_new_again;
    migrations:
        each_is_applied_once_and_later_ones_follow,
        a_changed_text_is_refused,
        one_that_this_program_does_not_know_is_refused,
        versions_out_of_order_are_refused,
        one_that_fails_leaves_nothing_behind;
    openings:
        anothers_database_is_refused_by_name,
        tables_of_another_program_are_left_alone,
        who_stands_by_is_told_and_takes_over_when_the_first_one_goes;
    readers:
        a_lane_answers_while_others_read_much,
        a_tally_is_exact_in_a_quiet_store_and_cheap_in_a_busy_one;
    transactions:
        eight_writers_lose_no_update,
        waiters_are_served_in_the_order_they_came,
        dropped_means_rolled_back,
        dropped_outside_the_runtime_means_rolled_back_too,
        uncommitted_rows_are_seen_inside_only,
        an_error_dooms_the_transaction,
        an_abandoned_statement_dooms_the_transaction,
        a_taken_key_has_the_same_name_everywhere,
        reading_handles_do_not_write,
        a_second_store_is_refused_until_the_first_is_closed;
    values:
        every_kind_comes_back_as_it_went_in,
        null_fits_every_type,
        texts_are_told_apart_and_sorted_by_their_bytes,
        a_wrong_column_is_told,
        batches_of_any_length_arrive_whole,
        a_batch_of_unequal_rows_is_refused,
        a_question_mark_is_refused;
}
