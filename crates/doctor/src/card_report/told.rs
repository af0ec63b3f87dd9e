//! The report as it is written down: lines in both languages, for a person to read before they send it.

use super::{Expected, Times, ask::Ask};
use shirushi_apdu::{StatusWord, ber};
use shirushi_rules::Bilingual;
use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

/// What stands at the head of a report.
const HEAD: &str = "\
このファイルには、カードが暗証番号なしに答えたことのうち、つくりに関することだけを書きました：ATR、どのアプリケーションと
ファイルがあるか、その長さ、ステータスワード、暗証番号の残り回数。氏名、住所、生年月日、個人番号、証明書の中身、製造番号、
市区町村は読んでいません。暗証番号は送らず、署名はせず、残り回数は減っていません。
どこにも送っていません。全体を読んで、よければご自分で送ってください（docs/real-card.ja.md）。
「!」の行は、ソフトウェアのカード（推測）と違った答えです。

This file says of what the card answers without a PIN only how it is made: ATR, which applications and files there are, their lengths,
status words, tries left of the PINs. Name, address, birth date, individual number, the certificates' content, serial numbers and the
municipality were not read. No PIN was sent, nothing was signed, no try was spent.
It was sent nowhere. Read all of it, and send it yourself if you like (docs/real-card.md).
A line with \"!\" is an answer that differs from the software card's, which is a guess.
";

/// What no report can tell, because it would take a PIN or a signature (`facts/card.md` §25).
const UNMEASURED: [Bilingual; 7] = [
    Bilingual {
        ja: "RSA-PSS（COMPUTE SIGNATUREのP1=04）と、P1=01～03、05",
        en: "RSA-PSS (P1=04 of COMPUTE SIGNATURE), and P1=01 to 03 and 05",
    },
    Bilingual {
        ja: "閉塞した暗証番号にVERIFYしたときの答え（6984か6983か）",
        en: "the answer to a VERIFY of a blocked PIN (6984 or 6983)",
    },
    Bilingual {
        ja: "照合のあとの、データのないVERIFYの答え（63Cxか9000か）",
        en: "the answer to a VERIFY without data behind a right PIN (63Cx or 9000)",
    },
    Bilingual {
        ja: "誤った暗証番号のあと、前の照合が残るか",
        en: "whether a wrong PIN ends what was verified before",
    },
    Bilingual {
        ja: "同じアプリケーションの再選択、リセットで、照合が残るか",
        en: "whether what was verified lasts over a second SELECT of the application, and over a reset",
    },
    Bilingual {
        ja: "形式の正しくない新しい暗証番号への答え",
        en: "the answer to a new PIN of a wrong form",
    },
    Bilingual {
        ja: "署名にかかる時間",
        en: "how long a signature takes",
    },
];

/// What a card has answered, in lines.
pub struct CardReport {
    program: String,
    lines: String,
    differing: usize,
    times: BTreeMap<&'static str, Times>,
}

impl CardReport {
    pub(super) fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            lines: String::new(),
            differing: 0,
            times: BTreeMap::new(),
        }
    }

    /// How many answers were others than the software card's.
    #[must_use]
    pub fn differing(&self) -> usize {
        self.differing
    }

    /// The whole report.
    #[must_use]
    pub fn text(mut self) -> String {
        let mut text = format!(
            "カードの報告 / card report 1 ({})\n\n{HEAD}\nリーダー（ご自分で書いてください） / reader (write it here yourself): \n",
            self.program
        );
        text.push_str(&self.lines);
        text.push_str("\nかかった時間の中央値 / median times\n");
        for (command, times) in &mut self.times {
            let milliseconds = times.median().as_secs_f64() * 1000.0;
            // Writing into a String does not fail.
            let _ = writeln!(
                text,
                "  {command}: {milliseconds:.1} ms ({})",
                times.0.len()
            );
        }
        text.push_str("\nこの報告では分からないこと / what this report cannot tell\n");
        for Bilingual { ja, en } in UNMEASURED {
            let _ = writeln!(text, "  {ja} / {en}");
        }
        text
    }

    /// A part begins.
    pub(super) fn begin(&mut self, Bilingual { ja, en }: Bilingual) {
        let _ = writeln!(self.lines, "\n{ja} / {en}");
    }

    /// What was answered to a question.
    pub(super) fn status(
        &mut self,
        what: Bilingual,
        ask: &Ask,
        status: StatusWord,
        expected: Expected,
    ) {
        let is_other = !expected.is(status);
        self.differing += usize::from(is_other);
        let mark = if is_other { '!' } else { ' ' };
        let Bilingual { ja, en } = what;
        let command = hex(&ask.bytes());
        let _ = write!(
            self.lines,
            "{mark} {ja} / {}: {command} → {:04X}",
            en.trim_start(),
            status.0
        );
        if let Some(expected) = expected.words().filter(|_| is_other) {
            let _ = write!(self.lines, " ({expected})");
        }
        self.lines.push('\n');
    }

    /// Something else that was found out.
    pub(super) fn note(&mut self, what: Bilingual, told: impl AsRef<str>) {
        let Bilingual { ja, en } = what;
        let _ = writeln!(
            self.lines,
            "  {ja} / {}: {}",
            en.trim_start(),
            told.as_ref()
        );
    }

    /// A command has taken so long.
    pub(super) fn took(&mut self, command: &'static str, time: Duration) {
        self.times
            .entry(command)
            .or_default()
            .0
            .push(time);
    }
}

/// Bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "–".to_owned();
    }
    bytes
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02X}");
            hex
        })
}

/// A field of printable characters; others are dots.
pub(super) fn text(bytes: &[u8]) -> String {
    let shown: String = bytes
        .iter()
        .map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        })
        .collect();
    shown
        .trim_end_matches([' ', '.'])
        .to_owned()
}

/// Tags and lengths of BER objects, without their values.
pub(super) fn structure(bytes: &[u8]) -> String {
    let mut told = Vec::new();
    let mut rest = bytes;
    while let Some(length) = ber::first_object_length(rest) {
        let Some(object) = rest.get(..length) else {
            break;
        };
        let tag = match object {
            [first, second, ..] if first & 0x1F == 0x1F => hex(&[*first, *second]),
            [first, ..] => hex(&[*first]),
            [] => break,
        };
        told.push(format!("{tag}[{length}]"));
        rest = &rest[length..];
    }
    if !rest.is_empty() {
        told.push(format!("…[{}]", rest.len()));
    }
    match told.is_empty() {
        true => "–".to_owned(),
        false => told.join(" "),
    }
}
