//! A resident of the sample, an officer and a card, played by hand: HTTP by [`crate::http`], commands to the card byte by byte
//! (`facts/card.md` §9), so that nothing of the city's own clients stands between.

use crate::http::{Answer, post};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use shirushi_crypto::SystemRandom;
use shirushi_softcard::SoftCard;
use std::{path::Path, sync::Arc};

/// A code of the sample's 印　太郎 (docs/personas.md).
const TARO: &str = "90000000014";
/// 印市
const HERE: &str = "13998";

pub(crate) const SIGNATURE_PASSWORD: &str = "INSHU4KUROSHIRO7";
pub(crate) const AUTHENTICATION_PIN: &str = "8317";
pub(crate) const OFFICER_PASSWORD: &str = "vermilion-paste-and-carved-stone";

/// 公的個人認証AP and 券面事項入力補助AP.
const JPKI: &str = "d392f000260100000001";
const TEXT: &str = "d3921000310001010408";

/// An officer at the counter.
#[derive(Debug)]
pub(crate) struct Officer {
    pub(crate) base: String,
    pub(crate) session: String,
    pub(crate) code: String,
}

impl Officer {
    /// Enrols and logs in.
    pub(crate) fn enrolled(base: &str) -> Self {
        let order = json!({ "municipality": HERE });
        let code = text(&post(base, "/sandbox/officers", None, &order).success()["code"]);
        let enrolment =
            json!({ "code": code, "name": "officer-kokuin", "password": OFFICER_PASSWORD });
        post(base, "/counter/officers/enrol", None, &enrolment).success();
        let log_in = json!({ "name": "officer-kokuin", "password": OFFICER_PASSWORD });
        let session = post(base, "/counter/log-in", None, &log_in).success();
        Self {
            base: base.to_owned(),
            session: text(&session["session"]),
            code,
        }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        post(&self.base, path, Some(&self.session), body)
    }

    /// Issues both certificates to 印　太郎, on a card whose file is in `folder`.
    pub(crate) fn issue(&self, folder: &Path) -> Citizen {
        let order = json!({ "resident": TARO, "kind": "individual-number-card" });
        let made = post(&self.base, "/sandbox/cards", None, &order).success();
        let file = folder.join("taro.card");
        std::fs::write(&file, Base64::decode_vec(&text(&made["card"])).unwrap()).unwrap();
        let mut citizen = Citizen {
            card: SoftCard::open_file(&file, Arc::new(SystemRandom)).unwrap(),
            issued: Value::Null,
        };
        let application = json!({
            "resident_code": TARO,
            "form": {
                "name": "印　太郎",
                "birth_date": "1980-02-17",
                "sex": "male",
                "address": "東京都印市朱肉一丁目１番１号",
            },
            "kinds": ["signature", "authentication"],
            "purpose": "new",
            "card_number": made["number"],
            "presence": "in-person",
            "documents": ["individual-number-card"],
            "fee": { "paid_yen": 200, "waiver": null },
        });
        let taken = self
            .post("/counter/applications", &application)
            .success();
        let path = format!(
            "/counter/applications/{}/relay",
            text(&taken["application"])
        );
        assert_eq!(self.relay(&path, &mut citizen)["next"], "set-pins");
        citizen.set_pins();
        let done = self.relay(&path, &mut citizen);
        assert_eq!(done["next"], "done", "{done}");
        citizen.issued = done["certificates"].clone();
        citizen
    }

    /// Carries commands to the card and answers back until something else is wanted.
    fn relay(&self, path: &str, citizen: &mut Citizen) -> Value {
        let mut responses = Value::Null;
        for _ in 0..32 {
            let answer = self
                .post(path, &json!({ "responses": responses }))
                .success();
            if answer["next"] != "transmit" {
                return answer;
            }
            responses = answer["commands"]
                .as_array()
                .unwrap()
                .iter()
                .map(|command| {
                    let command = hex::decode(text(command)).unwrap();
                    Value::from(hex::encode(citizen.card.answer(&command)))
                })
                .collect();
        }
        panic!("personalisation does not end");
    }
}

/// A resident with a card.
#[derive(Debug)]
pub(crate) struct Citizen {
    card: SoftCard,
    issued: Value,
}

impl Citizen {
    /// The serial number that the counter said was issued.
    pub(crate) fn serial(&self, kind: &str) -> String {
        let issued = self.issued.as_array().unwrap();
        let certificate = issued
            .iter()
            .find(|certificate| certificate["kind"] == kind);
        text(&certificate.unwrap()["serial"])
    }

    /// Lets go of the card, for other programs to use its file.
    pub(crate) fn put_away(self) {
        drop(self.card);
    }

    fn set_pins(&mut self) {
        self.select(JPKI);
        for (file, pin) in [("9b", SIGNATURE_PASSWORD), ("98", AUTHENTICATION_PIN)] {
            self.send(&format!("802400{file}{}", with_length(pin.as_bytes())));
        }
    }

    /// The certificate in `file`, after the PIN that opens it.
    pub(crate) fn certificate(&mut self, file: &str) -> Vec<u8> {
        self.select(JPKI);
        if file == "0001" {
            self.verify("001b", SIGNATURE_PASSWORD);
        }
        let head = self.read(file, 0, 4);
        // 30 82 and the length: what follows the certificate in its file is filler.
        assert_eq!(&head[..2], [0x30, 0x82]);
        let length = 4 + usize::from(u16::from_be_bytes([head[2], head[3]]));
        let mut certificate = Vec::new();
        while certificate.len() < length {
            let wanted = (length - certificate.len()).min(256);
            certificate.extend(self.read(file, certificate.len(), wanted));
        }
        certificate
    }

    /// COMPUTE DIGITAL SIGNATURE over a DigestInfo.
    pub(crate) fn sign(&mut self, key: &str, digest_info: &[u8]) -> Vec<u8> {
        self.select(JPKI);
        match key {
            "001a" => self.verify("001b", SIGNATURE_PASSWORD),
            _ => self.verify("0018", AUTHENTICATION_PIN),
        }
        self.select_file(key);
        self.send(&format!("802a0080{}00", with_length(digest_info)))
    }

    /// 個人番号, which is nowhere but in the card.
    pub(crate) fn individual_number(&mut self) -> String {
        self.select(TEXT);
        self.verify("0011", "1234");
        let object = self.read("0001", 0, 17);
        // FF 10 0C, twelve digits, filler (facts/card.md §13).
        let digits: String = object
            .iter()
            .map(|byte| char::from(*byte))
            .filter(char::is_ascii_digit)
            .collect();
        assert_eq!(digits.len(), 12, "{object:02x?}");
        digits
    }

    fn verify(&mut self, file: &str, pin: &str) {
        self.select_file(file);
        self.send(&format!("00200080{}", with_length(pin.as_bytes())));
    }

    fn read(&mut self, file: &str, offset: usize, length: usize) -> Vec<u8> {
        self.select_file(file);
        // 256 is written 00.
        self.send(&format!("00b0{offset:04x}{:02x}", length % 256))
    }

    fn select(&mut self, application: &str) {
        self.send(&format!("00a4040c0a{application}"));
    }

    fn select_file(&mut self, file: &str) {
        self.send(&format!("00a4020c02{file}"));
    }

    /// One command; everything but 9000 is a fault here.
    fn send(&mut self, command: &str) -> Vec<u8> {
        let mut answer = self
            .card
            .answer(&hex::decode(command).unwrap());
        let status = answer.split_off(answer.len() - 2);
        assert_eq!(status, [0x90, 0x00], "{command}");
        answer
    }
}

/// A string of the JSON.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

fn with_length(bytes: &[u8]) -> String {
    format!("{:02x}{}", bytes.len(), hex::encode(bytes))
}
