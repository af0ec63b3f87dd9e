//! Forms with files. What is large goes by in pieces and is never kept; what comes before it is bounded.

use axum::{
    body::Bytes,
    extract::{FromRequest as _, Multipart, Request, multipart::Field},
    http::header,
};
use shirushi_rules::{Bilingual, Facts, Refusal, SIZE_LIMIT, WELL_FORMED};
use shirushi_web::{Problem, Visit, require_token};
use std::io;
use tokio::sync::mpsc;

/// The largest file that is signed or checked, in bytes: as for `shirushi sign` and `verify`.
pub(crate) const LARGEST: u64 = 16 << 30;
/// What a form may weigh besides its largest file, in bytes.
const BESIDES: u64 = 8 << 20;
/// The longest text field, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
/// The most parts of a form, the token's among them: as many as other forms have fields.
const MOST_PARTS: usize = 500;
/// What all that is kept of a form may weigh, texts and small files, in bytes: four of the largest.
const MOST_KEPT: usize = 8 << 20;
/// Pieces that wait for whoever reads them.
const AHEAD: usize = 8;

/// A form of this session, of which the token has been looked at and nothing else been read.
pub(crate) struct Upload {
    form: Multipart,
    /// Parts that may still come.
    parts: usize,
    passed: Passed,
}

/// One part of it.
pub(crate) struct Part<'u> {
    pub(crate) name: String,
    /// What the file is called, without a folder; none for a text.
    pub(crate) file: Option<String>,
    field: Field<'u>,
    passed: &'u mut Passed,
}

impl Upload {
    /// # Errors
    /// [`Problem`] for what is no such form, is announced as too large, or comes from elsewhere.
    pub(crate) async fn begin(visit: &Visit, request: Request) -> Result<Self, Problem> {
        let announced = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<u64>().ok());
        if let Some(announced) = announced.filter(|announced| *announced > LARGEST + BESIDES) {
            return Err(too_large(announced.to_string()).into());
        }
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|_| Problem::MediaType("multipart/form-data"))?;
        // The token comes first: nothing else is read before it.
        let (name, value) = match form.next_field().await.map_err(cut)? {
            Some(part) => {
                let name = part.name().map(str::to_owned);
                (
                    name,
                    bounded(part, LONGEST_TEXT)
                        .await?
                        .unwrap_or_default(),
                )
            }
            None => (None, Vec::new()),
        };
        require_token(visit, name.as_deref(), &String::from_utf8_lossy(&value))?;
        Ok(Self {
            form,
            parts: MOST_PARTS - 1,
            passed: Passed::default(),
        })
    }

    /// The next part.
    pub(crate) async fn next(&mut self) -> Result<Option<Part<'_>>, Problem> {
        let Self {
            form,
            parts,
            passed,
        } = self;
        let Some(field) = form.next_field().await.map_err(cut)? else {
            return Ok(None);
        };
        *parts = parts.checked_sub(1).ok_or_else(|| {
            let fault = Bilingual::new("部分が多すぎます", "too many parts");
            WELL_FORMED.refusal(
                Facts::new()
                    .and("where", "multipart")
                    .and("fault", fault),
            )
        })?;
        Ok(Some(Part {
            name: field
                .name()
                .unwrap_or_default()
                .to_owned(),
            file: field.file_name().map(base_name),
            field,
            passed,
        }))
    }
}

impl Part<'_> {
    /// The text, trimmed.
    pub(crate) async fn text(self) -> Result<String, Problem> {
        let bytes = bounded(self.field, LONGEST_TEXT)
            .await?
            .ok_or_else(|| over(LONGEST_TEXT))?;
        self.passed.keep(bytes.len())?;
        Ok(String::from_utf8_lossy(&bytes)
            .trim()
            .to_owned())
    }

    /// The beginning of a small file: `most` bytes, or one more where there are more.
    pub(crate) async fn start(mut self, most: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.field.chunk().await.map_err(cut)? {
            self.passed.one_more(&piece)?;
            let room = (most + 1 - bytes.len()).min(piece.len());
            self.passed.keep(room)?;
            bytes.extend_from_slice(&piece[..room]);
        }
        Ok(bytes)
    }

    /// The file in pieces, one after the other. Answers its size.
    pub(crate) async fn each(mut self, mut take: impl FnMut(&[u8])) -> Result<u64, Problem> {
        let mut size = 0;
        while let Some(piece) = self.field.chunk().await.map_err(cut)? {
            self.passed.one_more(&piece)?;
            size += piece.len() as u64;
            take(&piece);
        }
        Ok(size)
    }

    /// Has `read` read the file in a thread of its own while it comes. What `read` leaves is thrown away, so that the browser can finish.
    pub(crate) async fn read_by<T: Send + 'static>(
        mut self,
        read: impl FnOnce(&mut dyn io::Read) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let reading = tokio::task::spawn_blocking(move || {
            let mut pieces = Pieces {
                pieces,
                rest: Bytes::new(),
                is_whole: false,
            };
            read(&mut pieces)
        });
        let passed = loop {
            match self.field.chunk().await {
                Ok(Some(piece)) => match self.passed.one_more(&piece) {
                    Ok(()) => {
                        // Nobody reads any more: the rest is only thrown away.
                        let _ = sender.send(Some(piece)).await;
                    }
                    Err(refusal) => break Err(refusal),
                },
                Ok(None) => {
                    let _ = sender.send(None).await;
                    break Ok(());
                }
                Err(error) => break Err(cut(error)),
            }
        };
        drop(sender);
        let read = reading
            .await
            .map_err(|error| Problem::internal(&error))?;
        passed?;
        read.map_err(|error| Problem::internal(&error))
    }
}

/// How much of a form went by, and how much of that is kept.
#[derive(Default)]
struct Passed {
    all: u64,
    kept: usize,
}

impl Passed {
    fn one_more(&mut self, piece: &[u8]) -> Result<(), Problem> {
        self.all += piece.len() as u64;
        match self.all > LARGEST + BESIDES {
            true => Err(too_large(format!("> {LARGEST}")).into()),
            false => Ok(()),
        }
    }

    fn keep(&mut self, size: usize) -> Result<(), Problem> {
        self.kept += size;
        match self.kept > MOST_KEPT {
            true => Err(over(MOST_KEPT).into()),
            false => Ok(()),
        }
    }
}

/// A file that comes in pieces; where the end is missing it is no file.
struct Pieces {
    /// None is the end.
    pieces: mpsc::Receiver<Option<Bytes>>,
    rest: Bytes,
    is_whole: bool,
}

impl io::Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !self.is_whole {
            match self.pieces.blocking_recv() {
                Some(Some(piece)) => self.rest = piece,
                Some(None) => self.is_whole = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}

/// None when there is more.
async fn bounded(mut field: Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(cut)? {
        if piece.len() > most - bytes.len() {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

/// What a browser calls a file may bear a folder, and three characters of it come escaped, which no others do (WHATWG HTML
/// "multipart/form-data encoding algorithm"): a name that bears such an escape itself cannot be told from these.
fn base_name(name: &str) -> String {
    name.rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

fn cut(_: axum::extract::multipart::MultipartError) -> Problem {
    WELL_FORMED
        .refusal(
            Facts::new()
                .and("where", "multipart")
                .and(
                    "fault",
                    Bilingual::new("途中で切れているか、壊れています", "cut short or broken"),
                ),
        )
        .into()
}

/// That the small parts of a form weigh more than they may.
fn over(limit: usize) -> Refusal {
    SIZE_LIMIT.refusal(
        Facts::new()
            .and("limit", limit.to_string())
            .and("size", format!("> {limit}")),
    )
}

fn too_large(size: impl Into<shirushi_rules::Fact>) -> Refusal {
    SIZE_LIMIT.refusal(
        Facts::new()
            .and("limit", LARGEST.to_string())
            .and("size", size),
    )
}
