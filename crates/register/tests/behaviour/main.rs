//! What must hold of the register, on every database:
//!
//! * an import is right in every row or changes nothing, and names each fault by line and column;
//! * what was imported is read back item by item;
//! * a change that fits does to the record, the cards and the certificates what the table of effects says; one that does not
//!   fit is refused by its rule and changes nothing;
//! * a card ends when CardR 26 and 27 say, and a person has one valid 個人番号カード;
//! * the authority is told of each change once, in order, without gaps, across restarts and from many hands.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod cards;
mod changes;
mod contract;
mod imports;
mod killed;
mod look_ups;
mod mutated;
mod outbox;
mod readings;
mod support;

/// Makes a test of every scenario.
macro_rules! with_a_fresh_database {
    ($($room:ident: $($scenario:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $scenario() {
                crate::$room::$scenario(&crate::support::Fresh::new()).await;
            }
        )+)+
    };
}

with_a_fresh_database! {
    imports:
        the_sample_is_read_back_item_by_item,
        every_kind_of_fault_is_named_by_line_and_column,
        a_refused_file_leaves_the_register_as_it_was,
        marks_and_line_ends_of_other_systems_are_taken,
        a_file_over_the_limit_is_refused_by_its_size,
        faults_beyond_the_list_are_counted,
        a_list_goes_on_where_it_ended,
        a_search_finds_a_text_wherever_it_stands;
    changes:
        each_change_does_what_the_table_says,
        a_change_that_does_not_fit_changes_nothing,
        a_minor_correction_changes_shapes_only_or_has_a_reason,
        items_out_of_form_are_refused_by_name,
        names_are_removed_by_an_empty_text;
    cards:
        a_card_ends_as_the_order_says,
        a_card_that_cannot_be_is_refused,
        a_new_card_ends_the_old_one,
        death_and_deletion_end_every_card;
    look_ups:
        what_is_stated_bears_the_registers_signature,
        only_a_serving_officers_own_key_is_answered,
        a_look_up_is_answered_once_and_now,
        a_resident_of_elsewhere_is_looked_up_for_a_reason;
    outbox:
        the_present_life_is_declared_also_where_two_begin_at_one_number,
        each_change_is_told_once_across_restarts,
        eight_hands_leave_no_gap,
        a_record_knows_the_newest_event,
        a_lost_outbox_is_noticed;
}
