//! The residents whom the documentation calls by name (`docs/personas.md`).

use shirushi_rules::Bilingual;

/// One of them.
pub(super) struct Persona {
    pub(super) code: &'static str,
    /// The name in Latin letters.
    pub(super) latin: &'static str,
    /// What is special.
    pub(super) who: Bilingual,
    /// What to try with them.
    pub(super) good_for: Bilingual,
}

/// Everybody, in the order of their codes. The first is the one whom newcomers begin with.
pub(super) static PERSONAS: [Persona; 11] = [
    persona(
        "90000000014",
        "Shirushi Tarō",
        "申請・届出に署名する、ふつうの成人です。",
        "An adult who signs filings.",
        "2種類の証明書の発行、署名、転居、再申請",
        "Issuing both certificates, signing, moving, applying again.",
    ),
    persona(
        "90000000021",
        "Shuniku Hana",
        "14歳です。2027年5月5日に15歳になります。",
        "She is 14 years old until 5 May 2027.",
        "署名用は断られ、利用者証明用は発行される。誕生日まで時間を進めて、もう一度申請する",
        "She is refused a signature certificate and given an authentication certificate. Let time pass until her birthday and apply again.",
    ),
    persona(
        "90000000039",
        "Takasaki Yoshinori",
        "氏名のすべての文字と、住所の1文字が、証明書では別の文字に置き換わります。",
        "Every character of his name, and one of his address, needs a substitute.",
        "証明書では「高崎　吉徳」。代替文字とその位置を見る",
        "The certificate says 高崎　吉徳. Look at the substitute characters and their positions.",
    ),
    persona(
        "90000000047",
        "Stampel Ingrid",
        "在留期間が2027年1月31日に満了する外国人です。振り仮名はありません。",
        "A foreigner whose period of stay ends on 31 January 2027. She has no furigana.",
        "カードも証明書も、在留期間とともに終わる",
        "Card and certificates end with her stay.",
    ),
    persona(
        "90000000055",
        "Uruuin Kisaragi",
        "2月29日生まれです。",
        "Born on 29 February.",
        "平年の誕生日は2月28日。カードと証明書の有効期間を見る",
        "In common years her birthday is the 28th. Look at how long card and certificates are valid.",
    ),
    persona(
        "90000000064",
        "Shubun Utsuru",
        "転出した人です。",
        "Has moved out.",
        "窓口で断られる。転入すると、ふたたび申請できる",
        "Is refused at the counter. After moving in, an application is possible again.",
    ),
    persona(
        "90000000072",
        "Chopseal Dojang",
        "通称（印藤　道）を使う永住者です。在留期間の満了日はありません。",
        "A permanent resident who uses an alias (印藤　道). There is no end of stay.",
        "氏名と並ぶ通称を見る",
        "Look at the alias beside the name.",
    ),
    persona(
        "90000000080",
        "Rakkan Musubi",
        "旧氏（篆刻）を残しています。誕生日は11月22日です。",
        "Keeps her former family name, 篆刻. Her birthday is 22 November.",
        "誕生日当日の発行は、その後の5回目の誕生日まで有効",
        "A certificate that is issued on a birthday ends on the fifth later one.",
    ),
    persona(
        "90000000099",
        "Kakuin Aoi",
        "次の人と双子です。",
        "Twin of the next.",
        "氏名だけでは、2人を区別できない",
        "The name alone does not tell two people apart.",
    ),
    persona(
        "90000000102",
        "Kakuin Mamoru",
        "前の人と双子です。氏名・生年月日・住所が同じで、振り仮名と性別が違います。",
        "Twin of the one before: same name, birth and address; another furigana and sex.",
        "窓口で、もう1人のカードを出してみる",
        "Bring the other twin's card to the counter.",
    ),
    persona(
        "90000000110",
        "Wariin Tome",
        "大正15年生まれの100歳です。",
        "100 years old, born in Taishō 15.",
        "代理人による申請",
        "An application by proxy.",
    ),
];

/// The one with this code.
pub(super) fn persona_of(code: &str) -> Option<&'static Persona> {
    PERSONAS
        .iter()
        .find(|persona| persona.code == code)
}

const fn persona(
    code: &'static str,
    latin: &'static str,
    who_ja: &'static str,
    who_en: &'static str,
    good_for_ja: &'static str,
    good_for_en: &'static str,
) -> Persona {
    Persona {
        code,
        latin,
        who: Bilingual {
            ja: who_ja,
            en: who_en,
        },
        good_for: Bilingual {
            ja: good_for_ja,
            en: good_for_en,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_lives_in_the_sample_and_stands_in_the_documentation() {
        let sample = include_str!("../../../register/sample/residents.csv");
        let documentation = include_str!("../../../../docs/personas.md");
        for persona in &PERSONAS {
            let line = sample
                .lines()
                .find(|line| line.starts_with(persona.code))
                .unwrap();
            let name = line.split(',').nth(2).unwrap();
            let row = format!("| {} | {name}", persona.code);
            assert_eq!(documentation.matches(&row).count(), 2, "{row}");
        }
        let rows = documentation
            .lines()
            .filter(|line| line.starts_with("| 9000"));
        assert_eq!(rows.count(), 2 * PERSONAS.len(), "nobody is left out");
    }
}
