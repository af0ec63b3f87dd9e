//! What people put in, whoever takes it.

use shirushi_rules::{Fact, Facts, InBoth, Refusal, WELL_FORMED};

/// That nothing in a text that was put in is unseen, changes the direction of the rest or means nothing ([`shirushi_text::fit`]);
/// `place` names the input.
///
/// # Errors
/// A [`Refusal`] by [`WELL_FORMED`] that names the first such character.
pub fn require_readable(
    place: impl Into<Fact>,
    text: &str,
    has_lines: bool,
) -> Result<(), Refusal> {
    shirushi_text::fit(text, has_lines).map_err(|unfit| {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", place)
                .and("fault", InBoth::new(unfit.in_japanese(), unfit.to_string())),
        )
    })
}
