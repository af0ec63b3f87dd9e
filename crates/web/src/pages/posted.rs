//! What a form sent when the log-in had ended: kept for who filled it in, who is shown it after the next log-in and may send it then.
//! It needs no script.
//!
//! A form of a page that somebody is logged in to bears that person's mark ([`Visit::is_of`]). What comes with a mark of this site and is
//! led to the log-in is held, text alone; after the log-in it is shown to the same person, and to nobody else. Nothing is done before
//! that person presses the button. The same holds of a form that is refused unread, for a reason that passes ([`keeping_form`]).

use super::{
    Fields, Visit,
    asked::{Asked, WORDS},
    fields::{holds_secret, is_own},
    site::Site,
};
use crate::{
    problem::{Kept, Told},
    ui,
};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{FromRequest as _, Multipart, Request},
    http::{HeaderValue, Method, header},
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use maud::{Markup, html};
use shirushi_crypto::Random;
use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// The most forms that are held; the oldest gives way.
const MOST: usize = 256;
/// How long one is held.
const HELD: Duration = Duration::from_secs(60 * 60);
/// The most of a form that is held, in bytes: the longest that [`Fields`] takes.
const LONGEST: usize = 64 * 1024;
/// How long is waited for the rest of a form.
const PATIENCE: Duration = Duration::from_secs(10);
/// The field that says whose page a form stood on.
pub(crate) const WHO: &str = "form-who";
/// Where what is held is shown: each site has a page there, for who is logged in.
const PLACE: &str = "/held/";

/// What forms sent, by ticket.
#[derive(Debug, Default)]
pub(crate) struct Posts(Mutex<VecDeque<Held>>);

#[derive(Debug)]
struct Held {
    ticket: String,
    until: Instant,
    post: Post,
}

#[derive(Clone)]
struct Post {
    action: String,
    /// The mark of who filled it in.
    who: String,
    has_file: bool,
    /// Whether it came when the log-in had ended; otherwise it was refused for something else.
    is_of_ended: bool,
    fields: Vec<(String, String)>,
    /// What its fields ask, as the form said it.
    words: String,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

impl Post {
    /// What was filled in, by the words of the form's own labels. What has none the page had put there, and is only sent.
    fn shown(&self, visit: &Visit) -> Vec<(String, Vec<String>)> {
        let asked: Vec<Asked> = serde_json::from_str(&self.words).unwrap_or_default();
        asked
            .iter()
            .map(|asked| {
                let values = self
                    .fields
                    .iter()
                    .filter(|(name, value)| *name == asked.name && !value.trim().is_empty())
                    .map(|(_, value)| shirushi_text::shown(asked.said(visit, value)).into_owned())
                    .collect();
                (visit.both(&asked.label).to_owned(), values)
            })
            .filter(|(_, values): &(_, Vec<_>)| !values.is_empty())
            .collect()
    }
}

impl Posts {
    fn hold(&self, random: &dyn Random, post: Post) -> String {
        let mut ticket = [0; 16];
        random.fill(&mut ticket);
        let ticket = hex::encode(ticket);
        let mut held = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST {
            held.pop_front();
        }
        held.push_back(Held {
            ticket: ticket.clone(),
            until: Instant::now() + HELD,
            post,
        });
        ticket
    }

    fn has(&self, ticket: &str) -> bool {
        let now = Instant::now();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .any(|held| held.ticket == ticket && now < held.until)
    }

    fn look(&self, ticket: &str, who: &str) -> Option<Post> {
        let now = Instant::now();
        let mut held = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.retain(|held| now < held.until);
        held.iter()
            .find(|held| held.ticket == ticket && held.post.who == who)
            .map(|held| held.post.clone())
    }
}

impl Visit {
    /// For the page of a log-in that leads to `next`: that what was typed is not lost, where something is held there.
    #[must_use]
    pub fn kept_until_log_in(&self, next: &str) -> Option<Markup> {
        let ticket = next.strip_prefix(PLACE)?;
        self.site.posts().has(ticket).then(|| {
            ui::notice(
                ui::Tone::Warning,
                html! { p { (self.say(
                    "ログインが終わっていたので、まだ何も送っていません。入力した内容は残してあり、ログインすると表示されます。",
                    "The log-in had ended, and nothing was sent yet. What you had entered is kept, and shown after the log-in.")) } },
            )
        })
    }

    /// What was sent when the log-in had ended, for the person whom this visit [is of](Self::is_of), with the button that sends it now.
    #[must_use]
    pub fn held_post(&self, ticket: &str) -> Markup {
        let held = self
            .who_mark()
            .and_then(|who| self.site.posts().look(ticket, &who));
        let Some(post) = held else {
            return ui::notice(
                ui::Tone::Warning,
                html! { p { (self.say(
                "送ろうとした内容は、もう残っていないか、別の方のものです。何も送っていません。",
                "What was to be sent is no longer here, or is another person's. Nothing was sent.")) } },
            );
        };
        let button = ui::submit(self.say("今送る", "Send it now"));
        let shown = post.shown(self);
        html! {
            (ui::notice(ui::Tone::Warning, html! {
                p { strong {
                    @if post.is_of_ended { (self.say("送ろうとしたとき、ログインは終わっていました。まだ何も送っていません。",
                        "The log-in had ended when this was to be sent. Nothing was sent yet.")) }
                    @else { (self.say("送ろうとしたとき、受け付けられませんでした。まだ何も送っていません。",
                        "This was not taken when it was to be sent. Nothing was sent yet.")) }
                } }
                p {
                    @if shown.is_empty() { (self.say("入力した項目はありませんでした。", "No field had been filled in.")) }
                    @else { (self.say("入力した内容は、次のとおり残っています。確かめて、送ってください。",
                        "What you had entered is kept, as follows. Look at it, and send it.")) }
                }
            }))
            // About whom or what it is stands in no field.
            p.hint { (self.say("送り先の画面", "The page it goes to")) ": " code { (post.action) } }
            dl.definitions { @for (label, values) in shown {
                div { dt { (label) } @for value in values { dd { (value) } } }
            } }
            form method="post" action=(post.action) enctype=[post.has_file.then_some("multipart/form-data")] data-once {
                input type="hidden" name="form-token" value=(self.form_token(&post.action));
                input type="hidden" name=(WHO) value=(post.who);
                input type="hidden" name=(WORDS) value=(post.words);
                @for (name, value) in &post.fields { input type="hidden" name=(name) value=(value); }
                @if post.has_file {
                    div.field {
                        label for="file" { (self.say("ファイル（もう一度選んでください）", "File (choose it again)")) }
                        input id="file" name="file" type="file";
                    }
                }
                (button)
            }
        }
    }
}

/// An answer to a form that was refused before anybody read it, for a reason that passes: what was typed is held, and the page says so.
/// `log_in` is the address of the log-in up to the value of its one parameter (`/log-in?to=`), where the way to it leads through that.
#[must_use]
pub fn keeping_form(mut refused: Response, log_in: Option<&'static str>) -> Response {
    refused
        .extensions_mut()
        .insert(Unread { log_in });
    refused
}

#[derive(Clone, Copy, Debug)]
struct Unread {
    log_in: Option<&'static str>,
}

/// A form on its way to its handler. What the handler does not read is there still when it has answered.
#[derive(Debug)]
pub(crate) struct Passing {
    action: String,
    kind: HeaderValue,
    is_multipart: bool,
    body: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    body: Body,
    /// The beginning of what went by, of a form with files: what stands before the file.
    seen: Vec<u8>,
    is_kept: bool,
    is_read: bool,
}

/// The body that the handler reads.
struct Lent(Arc<Mutex<Inner>>);

impl Passing {
    /// Lends the form of `request` to its handler; none of anything else.
    pub(crate) fn lend(request: &mut Request) -> Option<Self> {
        if request.method() != Method::POST {
            return None;
        }
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)?
            .clone();
        let essence = kind
            .to_str()
            .ok()?
            .split(';')
            .next()?
            .trim();
        let is_multipart = essence.eq_ignore_ascii_case("multipart/form-data");
        if !is_multipart && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let body = std::mem::replace(request.body_mut(), Body::empty());
        let body = Arc::new(Mutex::new(Inner {
            body,
            seen: Vec::new(),
            is_kept: is_multipart,
            is_read: false,
        }));
        *request.body_mut() = Body::new(Lent(Arc::clone(&body)));
        Some(Self {
            action: request.uri().path().to_owned(),
            kind,
            is_multipart,
            body,
        })
    }

    /// Holds the form where its answer leads to the log-in, which then leads to what is held, or says that nobody has read it.
    pub(crate) async fn hold(self, site: &Site, response: &mut Response) {
        let unread = response
            .extensions_mut()
            .remove::<Unread>();
        let led = to_log_in(response);
        if unread.is_none() && led.is_none() {
            return;
        }
        let Some(mut post) = self.read(site).await else {
            return;
        };
        post.is_of_ended = unread.is_none_or(|unread| unread.log_in.is_some());
        let ticket = site.posts().hold(site.random(), post);
        if let Some(unread) = unread
            && let Some(told) = response
                .extensions_mut()
                .get_mut::<Told>()
        {
            let before = unread.log_in.unwrap_or_default();
            told.kept = Some(Kept {
                address: format!("{before}{PLACE}{ticket}"),
                is_behind_log_in: unread.log_in.is_some(),
            });
        }
        if let Some(parameter) = led
            && let Ok(location) = HeaderValue::from_str(&format!("{parameter}={PLACE}{ticket}"))
        {
            response
                .headers_mut()
                .insert(header::LOCATION, location);
        }
    }

    async fn read(self, site: &Site) -> Option<Post> {
        let (mut bytes, rest) = {
            let mut inner = lock(&self.body);
            // An urlencoded form that was read is nobody's business here.
            if inner.is_read && !inner.is_kept {
                return None;
            }
            let rest = std::mem::replace(&mut inner.body, Body::empty());
            (std::mem::take(&mut inner.seen), rest)
        };
        let room = LONGEST.checked_sub(bytes.len())?;
        let rest = read_at_most(rest, room, self.is_multipart);
        bytes.extend(
            tokio::time::timeout(PATIENCE, rest)
                .await
                .ok()??,
        );
        let (all, has_file) = match self.is_multipart {
            true => parts(bytes, self.kind).await?,
            false => {
                let fields = form_urlencoded::parse(&bytes);
                (
                    fields
                        .into_owned()
                        .take(Fields::MOST)
                        .collect(),
                    false,
                )
            }
        };
        let who = all
            .iter()
            .find(|(name, _)| name == WHO)
            .map(|(_, value)| value.clone())
            .filter(|who| site.has_marked(who))?;
        let words = all
            .iter()
            .find(|(name, _)| name == WORDS)
            .map_or_else(String::new, |(_, value)| value.clone());
        let fields: Vec<_> = all
            .into_iter()
            .filter(|(name, _)| !holds_secret(name) && !is_own(name))
            .collect();
        (!fields.is_empty()).then_some(Post {
            action: self.action,
            who,
            has_file,
            is_of_ended: true,
            fields,
            words,
        })
    }
}

/// The address of the log-in up to the value of its one parameter, which says where it leads.
fn to_log_in(response: &Response) -> Option<String> {
    let location = response
        .headers()
        .get(header::LOCATION)?
        .to_str()
        .ok()?;
    let (before, _) = location.split_once('=')?;
    before
        .starts_with("/log-in?")
        .then(|| before.to_owned())
}

/// The body, if it is no longer than `most`; with `cut` the beginning of a longer one.
async fn read_at_most(mut body: Body, most: usize, cut: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        let fits = data.len().min(most - bytes.len());
        bytes.extend_from_slice(&data[..fits]);
        if fits < data.len() {
            return cut.then_some(bytes);
        }
    }
    Some(bytes)
}

/// The texts of a form with files, which stand before them, and whether a file follows.
async fn parts(bytes: Vec<u8>, kind: HeaderValue) -> Option<(Vec<(String, String)>, bool)> {
    let mut request = Request::new(Body::from(bytes));
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, kind);
    let mut form = Multipart::from_request(request, &())
        .await
        .ok()?;
    let mut fields = Vec::new();
    while let Ok(Some(part)) = form.next_field().await {
        if part.file_name().is_some() {
            return Some((fields, true));
        }
        let name = part
            .name()
            .unwrap_or_default()
            .to_owned();
        if fields.len() == Fields::MOST {
            break;
        }
        fields.push((name, part.text().await.ok()?));
    }
    Some((fields, false))
}

fn lock(inner: &Mutex<Inner>) -> std::sync::MutexGuard<'_, Inner> {
    inner
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut inner = lock(&self.0);
        inner.is_read = true;
        let polled = Pin::new(&mut inner.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
            && inner.is_kept
        {
            let fits = data
                .len()
                .min(LONGEST - inner.seen.len());
            inner
                .seen
                .extend_from_slice(&data[..fits]);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        lock(&self.0).body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.0).body.size_hint()
    }
}
