//! What is attached to a draft (添付書類).

use crate::{Portal, PortalError, drafts::probe, sql};
use shirushi_rules::{Bilingual, Facts, InBoth, Refusal, SIZE_LIMIT, WELL_FORMED};
use shirushi_store::Row;
use shirushi_wire::filing::{Attachment, FilingFault};

/// What is attached, with the name under which it can be removed.
#[derive(Clone, Debug)]
pub(crate) struct Enclosed {
    pub(crate) id: String,
    pub(crate) attachment: Attachment,
}

impl Portal {
    /// What is attached to a draft, in the order in which it was.
    pub(crate) async fn attachments(&self, draft: &str) -> Result<Vec<Enclosed>, PortalError> {
        let rows = self
            .store
            .rows(sql::ATTACHMENTS, &[draft.into()])
            .await?;
        rows.iter().map(enclosed).collect()
    }

    /// The ids of what is attached to a draft, in the order in which it was.
    pub(crate) async fn enclosed(&self, draft: &str) -> Result<Vec<String>, PortalError> {
        let rows = self
            .store
            .rows(sql::ENCLOSED, &[draft.into()])
            .await?;
        rows.iter()
            .map(|row| Ok(row.text("id")?))
            .collect()
    }

    /// Attaches a file to a draft, if a filing can hold it beside what is attached already.
    pub(crate) async fn attach(
        &self,
        draft: &str,
        name: &str,
        content: Vec<u8>,
    ) -> Result<Result<(), Refusal>, PortalError> {
        let refused = |fault: InBoth| {
            Ok(Err(WELL_FORMED.refusal(
                Facts::new()
                    .and("where", Bilingual::new("添付書類", "attachment"))
                    .and("fault", fault),
            )))
        };
        // Old browsers send the whole path.
        let name = name
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default()
            .trim();
        if content.is_empty() {
            return refused(InBoth::new(
                "ファイルが選ばれていないか、空です",
                "no file was chosen, or it is empty",
            ));
        }
        let Some(media_type) = media_type(&content) else {
            return refused(InBoth::new(
                "PDF、PNG、JPEG、テキスト（UTF-8）のほかは添付できません",
                "only PDF, PNG, JPEG and text in UTF-8 can be attached",
            ));
        };
        let attachment = Attachment {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            content,
        };
        // Looked at by the one writer: of two files of the same name sent at once, the second is refused and not a fault.
        let mut transaction = self.store.begin().await?;
        let rows = transaction
            .rows(sql::ATTACHMENTS, &[draft.into()])
            .await?;
        let before: Vec<Enclosed> = rows
            .iter()
            .map(enclosed)
            .collect::<Result<_, _>>()?;
        let place = i64::try_from(before.len()).unwrap_or(i64::MAX);
        let Some(mut filing) = probe(self.now()) else {
            return refused(InBoth::new("添付できません", "cannot be attached"));
        };
        filing.attachments = before
            .into_iter()
            .map(|enclosed| enclosed.attachment)
            .chain([attachment.clone()])
            .collect();
        match filing
            .to_xml()
            .map_err(|error| error.what)
        {
            Ok(_) => {}
            Err(FilingFault::TooLarge { size, limit }) => {
                return Ok(Err(SIZE_LIMIT.refusal(
                    Facts::new()
                        .and("part", Bilingual::new("添付書類", "attachments"))
                        .and("limit", limit)
                        .and("size", size),
                )));
            }
            Err(fault) => return refused(fault.in_both_languages()),
        }
        transaction
            .execute(
                sql::ATTACH,
                &[
                    self.new_id().into(),
                    draft.into(),
                    place.into(),
                    attachment.name.into(),
                    attachment.media_type.into(),
                    attachment.content.into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// Removes something attached.
    pub(crate) async fn detach(&self, draft: &str, id: &str) -> Result<(), PortalError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::DETACH, &[id.into(), draft.into()])
            .await?;
        Ok(transaction.commit().await?)
    }
}

fn enclosed(row: &Row) -> Result<Enclosed, PortalError> {
    Ok(Enclosed {
        id: row.text("id")?,
        attachment: Attachment {
            name: row.text("name")?,
            media_type: row.text("media_type")?,
            content: row.bytes("content")?,
        },
    })
}

/// What a file is by its own bytes; what the browser says of it is a guess by its name.
fn media_type(content: &[u8]) -> Option<&'static str> {
    if content.starts_with(b"%PDF-") {
        return Some("application/pdf");
    }
    if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    if content.starts_with(b"\xff\xd8\xff") {
        return Some("image/jpeg");
    }
    let text = std::str::from_utf8(content).ok()?;
    let plain = !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'));
    // Markup that calls itself text is none.
    let markup = text
        .trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t'])
        .starts_with('<');
    (plain && !markup).then_some("text/plain")
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (content, expected) in [
            (&b"%PDF-1.7\n"[..], Some("application/pdf")),
            (b"\x89PNG\r\n\x1a\n0", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            ("領収書".as_bytes(), Some("text/plain")),
            (b"<html><script>", None),
            (b"MZ\x00\x01", None),
            (b"\x82\xa0", None),
        ] {
            assert_eq!(media_type(content), expected, "{content:?}");
        }
    }
}
