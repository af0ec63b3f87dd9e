//! Reading a document: an XML parser without document types, then the items, then the comparison with the one form.

use super::{
    Attachment, Filing, FilingApplicant, FilingError, FilingFault, ProcedureId, form,
    writer::{self, NAMESPACE},
};
use base64ct::{Base64, Encoding as _};
use roxmltree::{Document, Node, ParsingOptions, TextPos};
use shirushi_clock::Instant;
use shirushi_crypto::sha256;

/// Nodes of the largest form: each field, attachment and item with its text and the line feed after it, doubled.
const MOST_NODES: u32 = 2_000;
/// Attributes of the element that has the most, an attachment.
const MOST_ATTRIBUTES: usize = 4;

pub(super) fn read(document: &[u8]) -> Result<Filing, FilingError> {
    writer::within_limit(document.len()).map_err(FilingError::nowhere)?;
    let text = std::str::from_utf8(document).map_err(|error| {
        let place = place_of(document, error.valid_up_to());
        FilingError::at(FilingFault::NotUtf8, place)
    })?;
    scan(document).map_err(|(what, offset)| FilingError::at(what, place_of(document, offset)))?;
    let options = ParsingOptions {
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let tree = Document::parse_with_options(text, options).map_err(|cause| {
        let place = cause.pos();
        FilingError::at(FilingFault::Xml { cause }, place)
    })?;
    let filing = Reader(&tree).filing()?;
    let canonical = filing.to_xml()?;
    match first_difference(document, &canonical) {
        None => Ok(filing),
        Some(offset) => Err(FilingError::at(
            FilingFault::NotCanonical,
            place_of(document, offset),
        )),
    }
}

/// Looks at the markup before the parser does: the time it takes grows with the square of an element's attributes, and a
/// filing has neither many of them nor comments, document types, CDATA or processing instructions.
fn scan(document: &[u8]) -> Result<(), (FilingFault, usize)> {
    let declaration = usize::from(document.starts_with(b"<?xml "));
    let mut rest = document
        .iter()
        .enumerate()
        .skip(declaration);
    while let Some((start, &byte)) = rest.next() {
        if byte != b'<' {
            continue;
        }
        let (mut quote, mut equals) = (None, 0);
        for (at, &byte) in rest.by_ref() {
            match (quote, byte) {
                (None, b'!' | b'?') if at == start + 1 => return Err((FilingFault::Markup, start)),
                (None, b'>') => break,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => equals += 1,
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
            if equals > MOST_ATTRIBUTES {
                let what = FilingFault::TooMany {
                    item: "attribute",
                    count: equals,
                    most: MOST_ATTRIBUTES,
                };
                return Err((what, at));
            }
        }
    }
    Ok(())
}

struct Reader<'t>(&'t Document<'t>);

type Elements<'t> = std::iter::Peekable<Box<dyn Iterator<Item = Node<'t, 't>> + 't>>;

impl<'t> Reader<'t> {
    fn filing(&self) -> Result<Filing, FilingError> {
        let data = self.0.root_element();
        if data.tag_name().name() != "DATA" {
            return Err(self.absent(data, "DATA"));
        }
        let (procedure, body) = self.procedure(data)?;
        let mut parts = elements(body);
        let catalog = self.next(body, &mut parts, "CATALOG")?;
        let contents = self.next(body, &mut parts, "CONTENTS")?;

        let mut items = elements(catalog);
        let id = self.next(catalog, &mut items, "filing")?;
        let prepared_at = self.next(catalog, &mut items, "prepared-at")?;
        let applicant = self.next(catalog, &mut items, "applicant")?;
        let mut enclosed = elements(contents);
        let form = self.next(contents, &mut enclosed, "form")?;
        let form = self.form(form)?;
        let mut attachments = Vec::new();
        while enclosed.peek().is_some() {
            let element = self.next(contents, &mut enclosed, "attachment")?;
            attachments.push(self.attachment(element)?);
            self.check(element, form::attachments(&attachments))?;
        }
        Ok(Filing {
            id: self.parsed(id, "filing id", "32 hexadecimal digits in lower case")?,
            procedure,
            prepared_at: self.instant(prepared_at)?,
            applicant: self.applicant(applicant)?,
            form,
            attachments,
        })
    }

    fn procedure(&self, data: Node<'t, 't>) -> Result<(ProcedureId, Node<'t, 't>), FilingError> {
        let body = elements(data)
            .next()
            .ok_or_else(|| self.absent(data, "procedure"))?;
        match body.tag_name().name().parse() {
            Ok(procedure) => Ok((procedure, body)),
            Err(_) => Err(self.absent(body, "procedure")),
        }
    }

    fn applicant(&self, applicant: Node<'t, 't>) -> Result<FilingApplicant, FilingError> {
        let mut items = elements(applicant);
        let name = self.next(applicant, &mut items, "name")?;
        let birth = self.next(applicant, &mut items, "birth-date")?;
        let address = self.next(applicant, &mut items, "address")?;
        let birth_date = self.parsed(birth, "birth date", "year-month-day")?;
        self.check(name, form::line("name", text(name)))?;
        self.check(birth, form::birth_date(birth_date))?;
        self.check(address, form::line("address", text(address)))?;
        Ok(FilingApplicant {
            name: text(name).to_owned(),
            birth_date,
            address: text(address).to_owned(),
        })
    }

    fn form(&self, form: Node<'t, 't>) -> Result<Vec<(String, String)>, FilingError> {
        let mut fields = Vec::new();
        let mut rest = elements(form);
        while rest.peek().is_some() {
            let field = self.next(form, &mut rest, "field")?;
            let name = self.attribute(field, "name")?;
            self.check(field, form::field(name, text(field)))?;
            fields.push((name.to_owned(), text(field).to_owned()));
        }
        self.check(form, form::fields(&fields))?;
        Ok(fields)
    }

    fn attachment(&self, element: Node<'t, 't>) -> Result<Attachment, FilingError> {
        let content = Base64::decode_vec(text(element)).map_err(|_| {
            let what = FilingFault::Malformed {
                item: "attachment content",
                wanted: "base64 without line feeds",
            };
            self.at(element, what)
        })?;
        let size = self.attribute(element, "size")?;
        let digest = self.attribute(element, "sha256")?;
        if size != content.len().to_string() || digest != hex::encode(sha256(&content)) {
            return Err(self.at(element, FilingFault::Digest));
        }
        let attachment = Attachment {
            name: self
                .attribute(element, "name")?
                .to_owned(),
            media_type: self
                .attribute(element, "media-type")?
                .to_owned(),
            content,
        };
        self.check(element, form::attachment(&attachment))?;
        Ok(attachment)
    }

    fn instant(&self, element: Node<'t, 't>) -> Result<Instant, FilingError> {
        let time: jiff::Timestamp =
            self.parsed(element, "prepared-at", "a time as 2026-03-01T09:00:00Z")?;
        Ok(Instant::from(time))
    }

    fn parsed<T: std::str::FromStr>(
        &self,
        element: Node<'t, 't>,
        item: &'static str,
        wanted: &'static str,
    ) -> Result<T, FilingError> {
        text(element)
            .parse()
            .map_err(|_| self.at(element, FilingFault::Malformed { item, wanted }))
    }

    fn next(
        &self,
        parent: Node<'t, 't>,
        elements: &mut Elements<'t>,
        name: &'static str,
    ) -> Result<Node<'t, 't>, FilingError> {
        match elements.next() {
            Some(element) if element.has_tag_name((NAMESPACE, name)) => Ok(element),
            Some(other) => Err(self.absent(other, name)),
            None => Err(self.absent(parent, name)),
        }
    }

    fn attribute(&self, element: Node<'t, 't>, name: &'static str) -> Result<&'t str, FilingError> {
        element
            .attribute(name)
            .ok_or_else(|| self.at(element, FilingFault::AttributeAbsent { name }))
    }

    fn check(
        &self,
        element: Node<'t, 't>,
        checked: Result<(), FilingFault>,
    ) -> Result<(), FilingError> {
        checked.map_err(|what| self.at(element, what))
    }

    fn absent(&self, element: Node<'t, 't>, name: &str) -> FilingError {
        let what = FilingFault::ElementAbsent {
            name: name.to_owned(),
        };
        self.at(element, what)
    }

    fn at(&self, element: Node<'t, 't>, what: FilingFault) -> FilingError {
        let place = self
            .0
            .text_pos_at(element.range().start);
        FilingError::at(what, place)
    }
}

fn elements<'t>(parent: Node<'t, 't>) -> Elements<'t> {
    let elements: Box<dyn Iterator<Item = _>> = Box::new(
        parent
            .children()
            .filter(Node::is_element),
    );
    elements.peekable()
}

fn text<'t>(element: Node<'t, 't>) -> &'t str {
    element.text().unwrap_or_default()
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a
        .iter()
        .zip(b)
        .position(|(a, b)| a != b);
    common.or_else(|| (a.len() != b.len()).then(|| a.len().min(b.len())))
}

/// Line and column (in characters) of a byte, both from 1.
fn place_of(document: &[u8], offset: usize) -> TextPos {
    let before = &document[..offset.min(document.len())];
    let line_start = before
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |feed| feed + 1);
    let lines = before
        .iter()
        .filter(|&&b| b == b'\n')
        .count();
    let is_start_of_character = |b: &&u8| **b & 0xC0 != 0x80;
    let characters = before[line_start..]
        .iter()
        .filter(is_start_of_character)
        .count();
    let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    TextPos::new(count(lines), count(characters))
}
