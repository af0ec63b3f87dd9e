//! The responder, and what is between it and this machine.

use super::certificates::Issuer;
use crate::{
    Reply, Surroundings, Unreached,
    notes::{Notes, said},
    table::{NETWORK_CLOCK, NETWORK_PROXY, NETWORK_RESPONDER},
};
use jiff::fmt::rfc2822;
use shirushi_clock::Instant;
use shirushi_crypto::DigestAlgorithm;
use shirushi_path::{
    Evidence, PathError, Requirements, StatusProblem, StatusProof, TrustAnchors, examine,
};
use shirushi_profile::{
    Certificate, CertificateKind, RevocationReason,
    ocsp::{CertId, ReceivedResponse, build_request},
};
use shirushi_rules::InBoth;
use std::net::SocketAddr;

/// What a clock may be wrong by, in seconds.
const TOLERANCE: i64 = 300;
/// The media type of a request, and of an answer (RFC 6960 appendix A).
const REQUEST: &str = "application/ocsp-request";
const RESPONSE: &str = "application/ocsp-response";
/// The variables that programs take a proxy from.
const PROXIES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// What the responder says of the certificate.
pub(crate) enum Status {
    Good,
    Revoked {
        at: Instant,
        reason: RevocationReason,
    },
    /// There is nobody to ask.
    NotAsked(InBoth),
    /// No answer that counts.
    Unknown(InBoth),
}

/// Asks about `certificate`, and gives the instant to judge it at: the responder's, where that is a sandbox ahead of this
/// machine. The question bears no nonce: an old answer would do a diagnosis no harm.
pub(crate) fn look(
    surroundings: &Surroundings,
    certificate: &Certificate,
    issuer: &Issuer,
    notes: &mut Notes,
) -> (Status, Instant) {
    let now = surroundings.now;
    let (url, issuer) = match whom(surroundings, certificate, issuer) {
        Ok(found) => found,
        Err(why) => {
            notes.not_concerned(&[&NETWORK_RESPONDER, &NETWORK_CLOCK], &why);
            return (Status::NotAsked(why), now);
        }
    };
    let request = CertId::new(issuer, certificate.serial(), DigestAlgorithm::Sha256)
        .and_then(|id| build_request(&[id], None));
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            let why = said(error.to_string(), error.to_string());
            notes.not_looked_at(&NETWORK_RESPONDER, why.clone());
            return (Status::Unknown(why), now);
        }
    };
    let answer = surroundings
        .web
        .post(url, REQUEST, &request);
    let Some((reply, response)) = response(surroundings, url, answer, notes) else {
        let why = said(
            "サーバーから答えを得られませんでした",
            "The responder gave no answer",
        );
        return (Status::Unknown(why), now);
    };
    let status = judge(certificate, issuer, &response);
    let authentic = !matches!(status, Status::Unknown(_));
    let time = clock(
        surroundings,
        &reply,
        authentic.then_some(response.produced_at()),
        certificate.is_of_sandbox() && is_loopback(url),
        notes,
    );
    (status, time)
}

/// Whom to ask, and about whose certificate; or why nobody is asked. A certificate of a stranger does not choose whom this
/// machine calls.
fn whom<'a>(
    surroundings: &'a Surroundings,
    certificate: &'a Certificate,
    issuer: &'a Issuer,
) -> Result<(&'a str, &'a Certificate), InBoth> {
    if !surroundings.is_online {
        return Err(said("--offlineが指定されています", "--offline is given"));
    }
    let named = certificate
        .ocsp_urls()
        .first()
        .map(String::as_str);
    match (issuer, surroundings.responder.as_deref()) {
        (Issuer::Trusted(issuer) | Issuer::OfCard(issuer), Some(url)) => Ok((url, issuer)),
        // Who trusts nobody in particular trusts the card in hand.
        (Issuer::OfCard(_), None) if !surroundings.anchors.is_empty() => Err(said(
            "信頼する認証局の証明書についてだけ尋ねます（certificate/anchorを見てください）",
            "Only about certificates of a trusted authority anybody is asked; see certificate/anchor",
        )),
        (Issuer::Trusted(issuer) | Issuer::OfCard(issuer), None) => named
            .map(|url| (url, issuer))
            .ok_or_else(|| {
                said(
                    "証明書にサーバーのアドレスがありません",
                    "The certificate names no server",
                )
            }),
        (Issuer::Unknown, _) => Err(said(
            "発行者の証明書がないので、尋ねられません",
            "It cannot be asked for without the issuer's certificate",
        )),
    }
}

/// What can be looked at when there is no certificate.
pub(crate) fn look_without(notes: &mut Notes) {
    let why = said(
        "証明書がないので、尋ねることがありません",
        "Without a certificate there is nothing to ask",
    );
    notes.not_concerned(&[&NETWORK_RESPONDER, &NETWORK_CLOCK], &why);
}

/// The proxies that are configured, unless one has been met on the way to the responder.
pub(crate) fn look_at_proxies(surroundings: &Surroundings, notes: &mut Notes) {
    if !notes.has(&NETWORK_PROXY) {
        proxies(surroundings, notes);
    }
}

/// The response, once it is one; what came instead is noted.
fn response(
    surroundings: &Surroundings,
    url: &str,
    answer: Result<Reply, Unreached>,
    notes: &mut Notes,
) -> Option<(Reply, ReceivedResponse)> {
    let facts = [("url", url.into())];
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => {
            notes.fault(
                &NETWORK_RESPONDER,
                said(
                    format!("{url}: 答えがありません（{}）", error.source),
                    format!("{url}: {error}"),
                ),
                &facts,
            );
            notes.not_concerned(
                &[&NETWORK_CLOCK],
                &said("比べる相手がいません", "There is nobody to compare with"),
            );
            return None;
        }
    };
    let is_ocsp = reply
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.starts_with(RESPONSE));
    if !is_ocsp && is_between(&reply) {
        let status = reply.status;
        notes.fault(
            &NETWORK_PROXY,
            said(
                format!("{url}の代わりに、別のものが答えました（HTTP {status}）"),
                format!("Something else answered in place of {url} (HTTP {status})"),
            ),
            &[],
        );
        notes.not_looked_at(
            &NETWORK_RESPONDER,
            said(
                "あいだのプロキシーが答えました",
                "A proxy in between has answered",
            ),
        );
        notes.not_concerned(
            &[&NETWORK_CLOCK],
            &said("比べる相手がいません", "There is nobody to compare with"),
        );
        return None;
    }
    let read = match reply.status {
        200 => ReceivedResponse::from_der(&reply.body).map_err(|error| error.to_string()),
        status => Err(format!("HTTP {status}")),
    };
    match read {
        Ok(response) => {
            notes.ok(&NETWORK_RESPONDER, said(url, url));
            Some((reply, response))
        }
        Err(cause) => {
            notes.fault(
                &NETWORK_RESPONDER,
                said(format!("{url}: {cause}"), format!("{url}: {cause}")),
                &facts,
            );
            clock(surroundings, &reply, None, false, notes);
            None
        }
    }
}

/// Whether the answer is that of a proxy or of a network's log-in page.
fn is_between(reply: &Reply) -> bool {
    let why = StatusProblem::of_http(reply.status, reply.content_type.as_deref());
    matches!(why, Some(StatusProblem::Intercepted { .. }))
}

fn proxies(surroundings: &Surroundings, notes: &mut Notes) {
    let set: Vec<String> = PROXIES
        .into_iter()
        .filter_map(|name| {
            let value = surroundings.variable(name)?;
            Some(format!("{name}={}", without_credentials(&value)))
        })
        .collect();
    if set.is_empty() {
        notes.ok(
            &NETWORK_PROXY,
            said("設定されていません", "None is configured"),
        );
        return;
    }
    let exempt = ["no_proxy", "NO_PROXY"]
        .into_iter()
        .find_map(|name| surroundings.variable(name))
        .unwrap_or_default();
    let spares = |host: &str| {
        exempt
            .split(',')
            .map(str::trim)
            .any(|entry| entry == "*" || entry == host)
    };
    let set = set.join(" ");
    if spares("127.0.0.1") && spares("localhost") {
        notes.ok(
            &NETWORK_PROXY,
            said(
                format!("{set}（この計算機への通信は除かれています）"),
                format!("{set}, with this machine exempted"),
            ),
        );
    } else {
        notes.warn(
            &NETWORK_PROXY,
            said(
                format!("{set}（この計算機への通信も送られます）"),
                format!("{set}, also for what stays on this machine"),
            ),
            &[],
        );
    }
}

/// `http://user:password@host` without what is before the host.
fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        _ => url.to_owned(),
    }
}

/// Whether it is a number of this machine: names are others' to answer for.
fn is_loopback(url: &str) -> bool {
    url.strip_prefix("http://")
        .and_then(|rest| rest.split('/').next())
        .and_then(|authority| authority.parse::<SocketAddr>().ok())
        .is_some_and(|address| address.ip().is_loopback())
}

/// Compares the clock with the field Date and with the signed time, and gives the instant at which to judge.
fn clock(
    surroundings: &Surroundings,
    reply: &Reply,
    produced_at: Option<Instant>,
    is_city: bool,
    notes: &mut Notes,
) -> Instant {
    let now = surroundings.now;
    let date = reply
        .date
        .as_deref()
        .and_then(|text| rfc2822::parse(text).ok())
        .map(|zoned| Instant::from(zoned.timestamp()));
    let away = |other: Instant| now.unix() - other.unix();
    match (date, produced_at) {
        (Some(date), _) if away(date).abs() > TOLERANCE => {
            wrong_clock(away(date), notes);
            date
        }
        // A clock that is right by the machine that answers, and an answer out of the future: a sandbox's city that has been
        // moved ahead.
        (Some(_), Some(produced)) if away(produced) < -TOLERANCE && is_city => {
            notes.ok(
                &NETWORK_CLOCK,
                said(
                    format!(
                        "この計算機の時計は合っていますが、認証局の時計は{}に進めてあります（練習用の市）",
                        produced.date_jst()
                    ),
                    format!(
                        "This clock is right; the authority's is moved ahead to {}, as a sandbox's can be",
                        produced.date_jst()
                    ),
                ),
            );
            produced
        }
        // Nobody but a sandbox of this machine sets the time by which its certificates are judged.
        (Some(_), Some(produced)) if away(produced) < -TOLERANCE => {
            notes.warn(
                &NETWORK_CLOCK,
                said(
                    format!(
                        "この計算機の時計は合っていますが、認証局の答えは{}の日付です。認証局の時計が違っています",
                        produced.date_jst()
                    ),
                    format!(
                        "This clock is right; the authority's answer is dated {}: it is the authority's clock that is wrong",
                        produced.date_jst()
                    ),
                ),
                &[],
            );
            now
        }
        (None, Some(produced)) if away(produced) < -TOLERANCE => {
            wrong_clock(away(produced), notes);
            produced
        }
        (None, None) => {
            notes.not_concerned(
                &[&NETWORK_CLOCK],
                &said("比べる時刻がありません", "There is no time to compare with"),
            );
            now
        }
        _ => {
            notes.ok(
                &NETWORK_CLOCK,
                said(
                    "サーバーの時刻と合っています",
                    "It agrees with the responder's",
                ),
            );
            now
        }
    }
}

fn wrong_clock(ahead: i64, notes: &mut Notes) {
    let (ja, en) = match ahead > 0 {
        true => ("進んで", "ahead of"),
        false => ("遅れて", "behind"),
    };
    let seconds = ahead.abs();
    let (ja_length, en_length) = match seconds {
        0..7_200 => (
            format!("{}分", seconds / 60),
            format!("{} minutes", seconds / 60),
        ),
        7_200..172_800 => (
            format!("{}時間", seconds / 3_600),
            format!("{} hours", seconds / 3_600),
        ),
        _ => (
            format!("{}日", seconds / 86_400),
            format!("{} days", seconds / 86_400),
        ),
    };
    notes.fault(
        &NETWORK_CLOCK,
        said(
            format!("サーバーの時刻より{ja_length}{ja}います"),
            format!("It is {en_length} {en} the responder's"),
        ),
        &[],
    );
}

fn judge(certificate: &Certificate, issuer: &Certificate, response: &ReceivedResponse) -> Status {
    // At the responder's own time: whether ours is right is another question.
    let at = response.produced_at();
    let requirements = Requirements::new(CertificateKind::Authentication, at);
    let evidence = Evidence {
        ocsp: vec![response.clone()],
        ..Evidence::default()
    };
    let anchors = TrustAnchors::new(vec![issuer.clone()]);
    let examination = examine(certificate, &[], &anchors, &evidence, &requirements);
    // An authority stops answering for a certificate that has ended (Law 11).
    let has_ended = certificate.not_after() < at;
    for problem in examination.problems() {
        match problem {
            PathError::Revoked { at, reason, .. } => {
                return Status::Revoked {
                    at: *at,
                    reason: *reason,
                };
            }
            PathError::StatusUnknown { why, .. } => return Status::Unknown(unknown(*why)),
            _ => {}
        }
    }
    match examination.statuses().first() {
        Some(StatusProof::Ocsp { .. }) => Status::Good,
        _ if has_ended => Status::NotAsked(said(
            "期限の切れた証明書の状態は、もう答えられません",
            "Nobody answers for a certificate that has ended",
        )),
        _ => Status::Unknown(unknown(StatusProblem::NoEvidence)),
    }
}

fn unknown(why: StatusProblem) -> InBoth {
    said(why.in_japanese(), why.to_string())
}
