//! What must hold of a store, on every database:
//!
//! * migrations are applied once each, in order, and are never another text or another program's;
//! * one writer at a time, served in turn, whose work is seen when committed and gone when not;
//! * an error dooms its transaction; a taken key is told by the same name everywhere;
//! * what goes in comes out, NULL in every type, batches of any length;
//! * outbox numbers have no gap, an inbox takes each message once;
//! * a second process is refused.
//!
//! The same bodies run over SQLite, and over PostgreSQL (`cargo test … -- --include-ignored`) where `SHIRUSHI_POSTGRES_URL`
//! names a server on which databases may be created.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod databases;
mod mailboxes;
mod migrations;
mod postgres_server;
mod sqlite_files;
mod transactions;
mod values;

/// Makes a test of every scenario for each database.
macro_rules! on_every_database {
    ($($room:ident: $($scenario:ident),+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test]
                async fn $scenario() {
                    crate::$room::$scenario(&crate::databases::Fresh::sqlite()).await;
                }
            )+)+
        }
        mod postgres {
            $($(
                #[tokio::test]
                #[ignore = "needs a PostgreSQL server in SHIRUSHI_POSTGRES_URL"]
                async fn $scenario() {
                    let fresh = crate::databases::Fresh::postgres(stringify!($scenario));
                    crate::$room::$scenario(&fresh).await;
                }
            )+)+
        }
    };
}

on_every_database! {
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
        a_wrong_column_is_told,
        batches_of_any_length_arrive_whole,
        a_batch_of_unequal_rows_is_refused,
        a_question_mark_is_refused;
}
