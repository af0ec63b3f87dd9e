//! What is answered, and how much of it is taken.

use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::de::DeserializeOwned;
use shirushi_path::{Missed, StatusProblem, StatusSource};
use shirushi_roles::{PeerRefused, TurnedAway, peer_refused, turned_away};

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its fields.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// No connection, or it broke off. The address is left out: paths name residents and tokens.
    #[error("no answer")]
    NotReached(#[source] reqwest::Error),
    /// Who answers there is not who should, or is none any more.
    #[error("a stranger answers")]
    Stranger(#[source] Box<PeerRefused>),
    /// Who answers there does not take this client for whom it lets in.
    #[error("it does not let this client in")]
    TurnedAway(#[source] TurnedAway),
    /// It is longer than any answer of its kind.
    #[error("more than {most} bytes")]
    TooLarge {
        /// The most that is taken.
        most: usize,
    },
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// That of the parser.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

impl From<reqwest::Error> for Lost {
    fn from(error: reqwest::Error) -> Self {
        match (peer_refused(&error), turned_away(&error)) {
            (Some(refused), _) => Self::Stranger(Box::new(refused.clone())),
            (None, Some(why)) => Self::TurnedAway(why),
            (None, None) => Self::NotReached(error.without_url()),
        }
    }
}

/// Sends `request` and takes its answer, of at most `most` bytes.
///
/// # Errors
/// [`Lost`].
pub async fn answer(request: RequestBuilder, most: usize) -> Result<Answer, Lost> {
    let mut response = request.send().await?;
    Ok(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: body(response, most).await?,
    })
}

/// Asks `source` for evidence of at most `most` bytes. What cannot be evidence by its status or media type is told for what it is however
/// long it is, and nothing more of it is read.
///
/// # Errors
/// [`Missed`].
pub async fn evidence(
    request: RequestBuilder,
    source: StatusSource,
    most: usize,
) -> Result<Vec<u8>, Missed> {
    let missed = |lost| match lost {
        Lost::NotReached(error) => Missed::not_reached(source, &error),
        Lost::Stranger(refused) => Missed::not_reached(source, &*refused),
        Lost::TurnedAway(why) => Missed::not_reached(source, &why),
        Lost::TooLarge { most } => Missed::new(source, StatusProblem::TooLarge { most }),
    };
    let response = request
        .send()
        .await
        .map_err(|error| missed(error.into()))?;
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    match StatusProblem::of_http(response.status().as_u16(), kind) {
        Some(why) => Err(Missed::new(source, why)),
        None => body(response, most)
            .await
            .map_err(missed),
    }
}

/// The body of a response, of at most `most` bytes.
///
/// # Errors
/// [`Lost`].
pub async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, Lost> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > most - bytes.len() {
            return Err(Lost::TooLarge { most });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Near;
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread,
        time::Duration,
    };

    /// Answers one request with these bytes.
    fn server(bytes: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            while !request.ends_with(b"\r\n\r\n") {
                let count = stream.read(&mut request).unwrap();
                if count == 0 || request[..count].ends_with(b"\r\n\r\n") {
                    break;
                }
            }
            stream.write_all(bytes).unwrap();
        });
        format!("http://{address}")
    }

    async fn asked(bytes: &'static [u8], most: usize) -> Result<Answer, Lost> {
        let near = Near::new(Duration::from_secs(10)).unwrap();
        answer(near.get(server(bytes)), most).await
    }

    #[tokio::test]
    async fn an_answer_is_taken_up_to_its_bound_and_no_redirection_is_followed() {
        let five = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]";
        let taken = asked(five, 5).await.unwrap();
        assert_eq!(taken.json::<Vec<u8>>().unwrap(), [1, 2]);
        assert!(matches!(
            asked(five, 4).await,
            Err(Lost::TooLarge { most: 4 })
        ));
        // It would go on for ever.
        let endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n";
        assert!(matches!(
            asked(endless, 4).await,
            Err(Lost::TooLarge { .. })
        ));
        let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[1,2]";
        assert!(matches!(asked(cut, 50).await, Err(Lost::NotReached(_))));
        let elsewhere =
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(
            asked(elsewhere, 4)
                .await
                .unwrap()
                .status,
            StatusCode::FOUND
        );
    }

    #[tokio::test]
    async fn what_is_no_evidence_is_told_for_what_it_is_however_long_it_is() {
        let near = Near::new(Duration::from_secs(10)).unwrap();
        for (bytes, why) in [
            (
                &b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>no</p>"[..],
                StatusProblem::Intercepted { status: 200 },
            ),
            (
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 5000\r\n\r\nnot here",
                StatusProblem::HttpStatus { status: 404 },
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]",
                StatusProblem::TooLarge { most: 4 },
            ),
        ] {
            let missed = evidence(near.get(server(bytes)), StatusSource::Crl, 4)
                .await
                .unwrap_err();
            assert_eq!((missed.source, missed.why), (StatusSource::Crl, why));
        }
    }
}
