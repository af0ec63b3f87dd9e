//! In what a card differs from the usual one (`facts/card.md` §19).

use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser, value_parser};
use shirushi_softcard::{
    Atr, Blocked, CardKind, EmptyVerify, Generation, Schemes, SoftCard, Variant,
};

/// What was asked for; all else stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variation {
    kind: Option<CardKind>,
    generation: Option<Generation>,
    interface: Option<Atr>,
    blocked: Option<Blocked>,
    empty_verify: Option<EmptyVerify>,
    reset_clears: Option<bool>,
    reselect_clears: Option<bool>,
    first_command_6f00: bool,
    filler: Option<usize>,
    schemes: Option<Schemes>,
}

impl Variation {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let word = |name: &str| {
            matches
                .get_one::<String>(name)
                .map(String::as_str)
        };
        let clears = |name| word(name).map(|word| word == "clears");
        let kind = word("kind").map(|word| match word {
            "resident-register" => CardKind::ResidentRegisterCard,
            "android" => CardKind::AndroidToken,
            _ => CardKind::IndividualNumberCard,
        });
        // A telephone has no contacts.
        let of_kind = (kind == Some(CardKind::AndroidToken)).then_some(Atr::Contactless);
        Self {
            kind,
            generation: matches
                .try_get_one::<String>("generation")
                .ok()
                .flatten()
                .map(|word| match word.as_str() {
                    "next" => Generation::Next,
                    _ => Generation::Current,
                }),
            interface: word("interface")
                .map(|word| match word {
                    "contactless" => Atr::Contactless,
                    "contact-history" => Atr::ContactWithHistory,
                    _ => Atr::Contact,
                })
                .or(of_kind),
            blocked: word("blocked").map(|word| match word {
                "6983" => Blocked::Status6983,
                _ => Blocked::Status6984,
            }),
            empty_verify: word("empty-verify").map(|word| match word {
                "success" => EmptyVerify::SuccessWhenVerified,
                "blocked" => EmptyVerify::BlockedWhenBlocked,
                _ => EmptyVerify::Tries,
            }),
            reset_clears: clears("reset"),
            reselect_clears: clears("reselect"),
            first_command_6f00: matches.get_flag("first-command-6f00"),
            filler: matches.get_one("filler").copied(),
            schemes: word("schemes").map(|word| match word {
                "padded" => Schemes::Padded,
                _ => Schemes::All,
            }),
        }
    }

    /// The generation that was asked for.
    pub(crate) fn generation(&self) -> Option<Generation> {
        self.generation
    }

    /// The kind that was asked for.
    pub(crate) fn kind(&self) -> Option<CardKind> {
        self.kind
    }

    /// Kind and variant of the card, with what was asked for changed.
    pub(crate) fn of_card(&self, card: &SoftCard) -> (CardKind, Variant) {
        fn set<T: Copy>(to: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *to = value;
            }
        }
        let mut kind = card.kind();
        let mut variant = card.variant().clone();
        set(&mut kind, self.kind);
        set(&mut variant.generation, self.generation);
        set(&mut variant.atr, self.interface);
        set(&mut variant.blocked_status, self.blocked);
        set(&mut variant.empty_verify, self.empty_verify);
        set(&mut variant.reset_clears, self.reset_clears);
        set(&mut variant.reselect_clears, self.reselect_clears);
        variant.first_command_6f00 |= self.first_command_6f00;
        set(&mut variant.filler, self.filler);
        set(&mut variant.schemes, self.schemes);
        (kind, variant)
    }
}

/// `--generation`, which decides which keys a card makes.
pub(super) fn generation(language: Language) -> Arg {
    choice(
        "generation",
        "current|next",
        language.pick(
            "カードの世代。next の鍵はP-384。次期カードの仕様は公開されておらず、P-384のほかは仮定［既定: current］",
            "Generation: next makes keys on P-384. Its commands are not public: all but P-384 is an assumption [default: current]",
        ),
    )
}

fn choice(name: &'static str, values: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(values)
        .hide_possible_values(true)
        .value_parser(PossibleValuesParser::new(values.split('|')))
        .help(help)
}

/// The options, under this heading.
pub(super) fn add(language: Language, heading: &'static str, command: Command) -> Command {
    let say = |ja, en| language.pick(ja, en);
    command
        .next_help_heading(heading)
        .arg(choice(
            "kind",
            "individual-number|resident-register|android",
            say(
                "カードの種類: 個人番号カード、住民基本台帳カード、スマホ（Android）の電子証明書",
                "Which card: My Number Card, 住民基本台帳カード (its predecessor), an Android's certificates",
            ),
        ))
        .arg(choice(
            "interface",
            "contact|contact-history|contactless",
            say(
                "リセット応答（ATR）: 接触、別製品の接触、非接触（NFC Type B）",
                "Answer to reset (ATR): contact, contact of another product, contactless (NFC Type B)",
            ),
        ))
        .arg(choice(
            "blocked",
            "6984|6983",
            say(
                "ロックされた暗証番号への応答",
                "Status word of a blocked PIN",
            ),
        ))
        .arg(choice(
            "empty-verify",
            "tries|success|blocked",
            say(
                "残り回数の照会への応答: つねに回数、照合済みなら9000、ロック中ならその応答",
                "Answer when the tries left are asked for: always them; 9000 while verified; the blocked status when blocked",
            ),
        ))
        .arg(choice(
            "reset",
            "keeps|clears",
            say(
                "ウォームリセットのあと照合済みの状態が残るか",
                "Whether a PIN stays verified over a warm reset",
            ),
        ))
        .arg(choice(
            "reselect",
            "keeps|clears",
            say(
                "同じアプリケーションの再選択のあと照合済みの状態が残るか",
                "Whether a PIN stays verified when its application is selected again",
            ),
        ))
        .arg(
            Arg::new("first-command-6f00")
                .long("first-command-6f00")
                .action(ArgAction::SetTrue)
                .help(say(
                    "電源投入後の最初のコマンドに6F00で応答する",
                    "Answer the first command after power-on with 6F00",
                )),
        )
        .arg(
            Arg::new("filler")
                .long("filler")
                .value_name("BYTES")
                .value_parser(value_parser!(usize))
                .help(say(
                    "証明書のあとに続く詰め物のバイト数（4096まで）",
                    "Bytes of filler after each certificate, 4096 at most",
                )),
        )
        .arg(choice(
            "schemes",
            "all|padded",
            say(
                "署名の方式: すべて（RSA-PSSを含む）、PKCS#1 v1.5だけ（P1=00以外は6A86）",
                "Signature schemes: all (RSA-PSS among them), or PKCS#1 v1.5 alone (any P1 but 00 is answered 6A86)",
            ),
        ))
}
