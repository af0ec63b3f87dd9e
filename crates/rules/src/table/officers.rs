//! The rules of what officers say to the authority and ask of the register: a counter's word counts only as far as the register and the
//! officer's own key carry it.

use crate::rule::{
    Bilingual, Rule,
    SourceClass::{Law, OwnChoice},
};

/// What an application says of person and card is the register's own word.
pub static STATEMENT_SIGNED: Rule = Rule {
    id: "authority/statement-signed",
    source: Law,
    citation: "Law 3(2), 3(3): the mayor confirms against the register",
    reason: Bilingual {
        ja: "申請にある{what}に、住民基本台帳の署名がありません。",
        en: "The {what} in the application does not bear the register's signature.",
    },
    remedy: Bilingual {
        ja: "住民基本台帳に照会し直して、申請を取り直してください。",
        en: "Ask the register again and take the application anew.",
    },
};

/// The register's word was given to this officer for this application.
pub static STATEMENT_FOR_THIS: Rule = Rule {
    id: "authority/statement-for-this",
    source: OwnChoice,
    citation: "a statement that is carried over to another application is nobody's confirmation",
    reason: Bilingual {
        ja: "申請 {application} にある{what}は、この申請のためにこの担当者に示されたものではありません。",
        en: "The {what} in application {application} was not given to this officer for this application.",
    },
    remedy: Bilingual {
        ja: "住民基本台帳に照会し直して、申請を取り直してください。",
        en: "Ask the register again and take the application anew.",
    },
};

/// The register's word is good for half an hour.
pub static STATEMENT_FRESH: Rule = Rule {
    id: "authority/statement-fresh",
    source: OwnChoice,
    citation: "Law 3(3) asks for the present record: half an hour, one person's visit",
    reason: Bilingual {
        ja: "申請（{taken}）にある{what}は、30分より前か、申請より後に示されたものです（{stated}）。",
        en: "The {what} in the application of {taken} was given more than half an hour before it, or after it ({stated}).",
    },
    remedy: Bilingual {
        ja: "住民基本台帳に照会し直して、申請を取り直してください。",
        en: "Ask the register again and take the application anew.",
    },
};

/// What an officer sends was taken today and not tomorrow.
pub static TAKEN_RECENTLY: Rule = Rule {
    id: "authority/taken-recently",
    source: OwnChoice,
    citation: "a day for an authority that was away; five minutes for clocks that differ",
    reason: Bilingual {
        ja: "受け付けた時刻（{taken}）が、認証局の時刻（{now}）より24時間を超えて前か、5分を超えて後です。",
        en: "It was taken at {taken}, more than 24 hours before the authority's time or more than five minutes after it ({now}).",
    },
    remedy: Bilingual {
        ja: "この機械の時計を確かめ、もう一度受け付けてください。",
        en: "See that this machine's clock is right, and take it again.",
    },
};

/// An application that was not finished in 30 days has ended.
pub static APPLICATION_OPEN: Rule = Rule {
    id: "authority/application-open",
    source: OwnChoice,
    citation: "Law 3(3): what was confirmed then says nothing of today; 30 days, as for a moving-in notification (Law 31(1)(2))",
    reason: Bilingual {
        ja: "申請 {application} は、受け付けてから{days}日以内に発行されなかったため、終了しました。",
        en: "Application {application} has ended: nothing was issued from it within {days} days.",
    },
    remedy: Bilingual {
        ja: "新しい申請を受け付けてください。",
        en: "Take a new application.",
    },
};

/// A renewal renews something.
pub static RENEWAL_OF_LIVE: Rule = Rule {
    id: "authority/renewal-of-live",
    source: Law,
    citation: "Law 5, 24; Reg 15: renewal is of a certificate in force",
    reason: Bilingual {
        ja: "更新する有効な電子証明書（{kinds}）がありません。",
        en: "There is no live certificate to renew ({kinds}).",
    },
    remedy: Bilingual {
        ja: "新規発行として申請してください。",
        en: "Apply for a new issue.",
    },
};

/// A key is certified once.
pub static KEY_NEW: Rule = Rule {
    id: "authority/key-new",
    source: OwnChoice,
    citation: "Law 3(4): the card makes the key; CA/Browser BR 6.1.1.3: no key that is known from elsewhere",
    reason: Bilingual {
        ja: "カードが示した{kind}の公開鍵は、既に別の電子証明書に使われています。",
        en: "The public key that the card shows for the {kind} certificate is in another certificate already.",
    },
    remedy: Bilingual {
        ja: "このカードへの発行をやめ、システムの管理者に知らせてください。",
        en: "Do not issue into this card, and tell the system's operator.",
    },
};

/// An officer who has been retired signs for nobody.
pub static OFFICER_SERVING: Rule = Rule {
    id: "authority/officer-serving",
    source: OwnChoice,
    citation: "DESIGN §3: the officer's key is retired with the officer",
    reason: Bilingual {
        ja: "担当者（{officer}）の登録は取り消されています。",
        en: "The enrolment of officer {officer} has been withdrawn.",
    },
    remedy: Bilingual {
        ja: "続けて担当する場合は、新しい登録コードで登録し直してください。",
        en: "To go on serving, enrol again with a new code, under another name.",
    },
};

/// An officer ends what a holder asks to be ended.
pub static REVOCATION_REASON: Rule = Rule {
    id: "authority/revocation-reason",
    source: Law,
    citation: "Law 9, 28: at the holder's request; the other reasons are the register's and the authority's",
    reason: Bilingual {
        ja: "この理由（{reason}）は、窓口の失効申請にはありません。",
        en: "{reason} is no reason of a request for revocation at a counter.",
    },
    remedy: Bilingual {
        ja: "「利用をやめる」または「紛失・悪用のおそれ」を選んでください。",
        en: "Choose that the certificate is no longer wanted, or that the card is lost or perhaps misused.",
    },
};

/// A request for revocation goes through the holder's own municipality.
pub static REVOCATION_HERE: Rule = Rule {
    id: "authority/revocation-here",
    source: Law,
    citation: "Law 9(2), 28(2): by way of the mayor of the place of residence",
    reason: Bilingual {
        ja: "この方の電子証明書は、この市区町村（{municipality}）の窓口では失効できません。",
        en: "The certificates of this person cannot be revoked at the counter of this municipality ({municipality}).",
    },
    remedy: Bilingual {
        ja: "住民登録のある市区町村の窓口で申請するか、オンラインで失効を申請してください。",
        en: "Apply where the person is registered, or online with the card.",
    },
};

/// The register answers an officer who signs the question.
pub static LOOK_UP_SIGNED: Rule = Rule {
    id: "register/look-up-signed",
    source: Law,
    citation: "Juki 30-22, 30-24: who uses the register is answerable for it",
    reason: Bilingual {
        ja: "照会に、登録された担当者の有効な署名がありません。",
        en: "The look-up does not bear the valid signature of an enrolled officer.",
    },
    remedy: Bilingual {
        ja: "担当者の登録を確かめてください。",
        en: "Check the officer's enrolment.",
    },
};

/// A look-up is asked now, and once.
pub static LOOK_UP_FRESH: Rule = Rule {
    id: "register/look-up-fresh",
    source: OwnChoice,
    citation: "a look-up that was overheard is not answered to others",
    reason: Bilingual {
        ja: "照会 {look_up} は、既に答えたものか、5分より前のものです。",
        en: "Look-up {look_up} has been answered already, or is more than five minutes old.",
    },
    remedy: Bilingual {
        ja: "この機械の時計を確かめ、もう一度照会してください。",
        en: "See that this machine's clock is right, and ask again.",
    },
};

/// A person of another municipality is looked up for a reason that is stated and kept.
pub static LOOK_UP_REASON: Rule = Rule {
    id: "register/look-up-reason",
    source: Law,
    citation: "Juki 30-29: the register's data is used for the office's own work; Juki 35: secrecy",
    reason: Bilingual {
        ja: "この方は、この市区町村（{municipality}）の住民ではありません。照会には理由の入力が必要です。",
        en: "This person is not a resident of this municipality ({municipality}). A look-up needs a stated reason.",
    },
    remedy: Bilingual {
        ja: "職務上の理由を{longest}文字以内で入力してください。照会した人と理由は記録されます。",
        en: "State the reason that your work gives, in at most {longest} characters. Who asked and why is recorded.",
    },
};
