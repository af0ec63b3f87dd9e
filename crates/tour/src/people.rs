//! Invented people, new ones at each telling: random codes with a wrong check digit, so that no code is anybody's.

use crate::Failure;
use shirushi_clock::Date;
use shirushi_crypto::Random;
use shirushi_profile::Sex;
use shirushi_text::with_wrong_check_digit;
use shirushi_wire::ResidentCode;

/// The municipality whose counter the story stands at: 印市.
pub(crate) const HERE: &str = "13998";
/// Another one: 判子市.
pub(crate) const ELSEWHERE: &str = "14998";

/// A person of the story.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) code: ResidentCode,
    pub(crate) municipality: &'static str,
    pub(crate) name: &'static str,
    pub(crate) furigana: &'static str,
    pub(crate) birth: Date,
    pub(crate) sex: Sex,
    pub(crate) address: String,
    pub(crate) stay_until: Option<Date>,
}

/// Everybody.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    /// An adult whose name has characters that no certificate may carry: the filer.
    pub(crate) filer: Person,
    /// Another adult.
    pub(crate) neighbour: Person,
    /// A child of fourteen.
    pub(crate) child: Person,
    /// A foreigner whose period of stay ends soon.
    pub(crate) visitor: Person,
    /// Registered in another municipality.
    pub(crate) outsider: Person,
    /// Moves out: the record is deleted.
    pub(crate) departed: Person,
    /// Moves while the application is on its way.
    pub(crate) mover: Person,
}

impl Cast {
    /// Invents everybody; `today` is the city's date.
    pub(crate) fn invent(random: &dyn Random, today: Date) -> Result<Self, Failure> {
        let adult = Date::new(1984, 2, 29).map_err(Failure::broken)?;
        let fourteen = today
            .checked_sub(jiff::Span::new().years(14).days(40))
            .map_err(Failure::broken)?;
        let soon = today
            .checked_add(jiff::Span::new().days(25))
            .map_err(Failure::broken)?;
        let person = |name, furigana, birth, sex| -> Result<Person, Failure> {
            let code = invented_code(random)?;
            let block = u32::from(code.as_str().as_bytes()[9] % 9) + 1;
            Ok(Person {
                code,
                municipality: HERE,
                name,
                furigana,
                birth,
                sex,
                address: format!("東京都印市朱肉{block}丁目１番１号"),
                stay_until: None,
            })
        };
        Ok(Self {
            filer: person("髙﨑　𠮷德", "タカサキ　ヨシノリ", adult, Sex::Male)?,
            neighbour: person("印谷　はるか", "シルシタニ　ハルカ", adult, Sex::Female)?,
            child: person("印谷　こはく", "シルシタニ　コハク", fourteen, Sex::Female)?,
            visitor: Person {
                furigana: "",
                stay_until: Some(soon),
                ..person("ＳＥＡＬＭＡＮ　ＲＯＢＩＮ", "", adult, Sex::Unknown)?
            },
            outsider: Person {
                municipality: ELSEWHERE,
                address: "神奈川県判子市篆刻２丁目３番".to_owned(),
                ..person("判子山　ひとし", "ハンコヤマ　ヒトシ", adult, Sex::Male)?
            },
            departed: person("朱川　みのる", "シュカワ　ミノル", adult, Sex::Male)?,
            mover: person("封蠟　うつる", "フウロウ　ウツル", adult, Sex::Female)?,
        })
    }

    /// The CSV that the register imports (columns: crates/register).
    pub(crate) fn csv(&self) -> String {
        let mut csv = String::from(
            "resident_code,municipality,name,furigana,former_name,alias,birth_date,sex,address,stay_until,status\n",
        );
        for person in [
            &self.filer,
            &self.neighbour,
            &self.child,
            &self.visitor,
            &self.outsider,
            &self.departed,
            &self.mover,
        ] {
            csv.push_str(&person.row());
        }
        csv
    }
}

impl Person {
    fn row(&self) -> String {
        let sex = match self.sex {
            Sex::Male => "male",
            Sex::Female => "female",
            Sex::Unknown => "unknown",
        };
        let stay = self
            .stay_until
            .map(|day| day.to_string())
            .unwrap_or_default();
        format!(
            "{},{},{},{},,,{},{sex},{},{stay},alive\n",
            self.code, self.municipality, self.name, self.furigana, self.birth, self.address
        )
    }
}

fn invented_code(random: &dyn Random) -> Result<ResidentCode, Failure> {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let digits: String = bytes
        .iter()
        .map(|b| char::from(b'0' + b % 10))
        .collect();
    with_wrong_check_digit(&digits)
        .parse()
        .map_err(Failure::broken)
}
