//! An agency beside the responder of an invented town, and what people send to it.

use crate::bench::{Bench, Held, serve};
use reqwest::{
    StatusCode,
    multipart::{Form, Part},
};
use serde_json::Value;
use shirushi_agency::{Agency, AgencyConfig, MIGRATIONS, Submission};
use shirushi_clock::Instant;
use shirushi_crypto::{Random as _, SigningKey as _, SystemRandom};
use shirushi_profile::Holder;
use shirushi_rules::RefusalReport;
use shirushi_signature::prepare;
use shirushi_store::Store;
use shirushi_wire::filing::{Attachment, Filing, FilingApplicant, FilingId};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

/// With what filings are sent and read here.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

pub struct Office {
    pub bench: Arc<Bench>,
    pub agency: Arc<Agency>,
    pub base: String,
    pub status_base: String,
    pub folder: TempDir,
}

impl Office {
    pub async fn open() -> Self {
        let bench = Bench::new();
        let status_base = format!("http://{}", serve(bench.routes()).await);
        Self::beside(bench, status_base).await
    }

    /// An agency that asks at `status_base`.
    pub async fn beside(bench: Arc<Bench>, status_base: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let agency = agency(&bench, folder.path(), &status_base).await;
        let address = serve(shirushi_agency::router(agency.clone())).await;
        Self {
            bench,
            agency,
            base: format!("http://{address}"),
            status_base,
            folder,
        }
    }

    pub async fn send(&self, submission: &Submission) -> (StatusCode, Value) {
        post(&self.base, form(submission)).await
    }

    pub async fn refused(&self, submission: &Submission) -> RefusalReport {
        let (status, answer) = self.send(submission).await;
        assert!(status.is_client_error(), "{status} {answer}");
        let report: RefusalReport = serde_json::from_value(answer).unwrap();
        assert!(!report.reason.ja.is_empty() && !report.remedy.en.is_empty());
        report
    }

    pub async fn check(&self, certificate: &[u8]) -> (StatusCode, Value) {
        use base64ct::{Base64, Encoding as _};
        let question = serde_json::json!({ "certificate": Base64::encode_string(certificate) });
        let response = reqwest::Client::new()
            .post(format!("{}/agency/certificate-checks", self.base))
            .json(&question)
            .send()
            .await
            .unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// As who filed it.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.get_with(path, Some(KEY)).await
    }

    /// As the bearer of a key, or as anybody.
    pub async fn get_with(&self, path: &str, key: Option<&str>) -> reqwest::Response {
        let mut request = reqwest::Client::new().get(format!("{}{path}", self.base));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        request.send().await.unwrap()
    }
}

pub async fn agency(bench: &Bench, folder: &Path, status_base: &str) -> Arc<Agency> {
    let url = shirushi_test_database::address(folder, "agency");
    let store = Store::open(&url, MIGRATIONS)
        .await
        .unwrap();
    let config = AgencyConfig {
        anchors: vec![
            bench.signature.certificate.clone(),
            bench.authentication.certificate.clone(),
        ],
        status_base: status_base.to_owned(),
    };
    let agency = Agency::open(store, bench.clock.clone(), config).await;
    Arc::new(agency.unwrap())
}

pub async fn post(base: &str, form: Form) -> (StatusCode, Value) {
    let response = reqwest::Client::new()
        .post(format!("{base}/agency/filings"))
        .bearer_auth(KEY)
        .multipart(form)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
}

pub fn form(submission: &Submission) -> Form {
    let part = |bytes: &[u8], media_type: &str| {
        Part::bytes(bytes.to_vec())
            .file_name("filing")
            .mime_str(media_type)
            .unwrap()
    };
    Form::new()
        .part("document", part(&submission.document, "application/xml"))
        .part(
            "signature",
            part(&submission.signature, "application/pkcs7-signature"),
        )
}

pub fn filing(holder: &Holder, at: Instant) -> Filing {
    Filing {
        id: FilingId::from_bytes(SystemRandom.bytes()),
        procedure: "RKO0010".parse().unwrap(),
        prepared_at: at,
        applicant: FilingApplicant {
            name: holder.name.clone(),
            birth_date: holder.birth_date,
            address: holder.address.clone(),
        },
        form: [
            ("tax-year", "2026"),
            ("total-income", "3210000"),
            ("tax-due", "123400"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        attachments: vec![Attachment {
            name: "領収書.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            content: b"one receipt".to_vec(),
        }],
    }
}

pub fn signed(filing: &Filing, held: &Held) -> Submission {
    signed_bytes(filing.to_xml().unwrap(), held, filing.prepared_at)
}

pub fn signed_bytes(document: Vec<u8>, held: &Held, at: Instant) -> Submission {
    let prepared = prepare(&document, &held.certificate, at).unwrap();
    let signature = held
        .key
        .sign(prepared.to_be_signed())
        .unwrap();
    Submission {
        signature: prepared
            .assemble(&signature, &[])
            .unwrap(),
        document,
    }
}
