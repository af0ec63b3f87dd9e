//! The table itself. A new rule is a new row here; nothing else in the house invents an id.

use crate::rule::{
    Bilingual, Rule,
    SourceClass::{Law, MunicipalPractice, OwnChoice, Regulation, Standard},
};

mod officers;
mod pages;
pub use officers::*;
pub use pages::*;

/// The applicant is recorded in the register of the municipality that takes the application.
pub static REGISTERED_HERE: Rule = Rule {
    id: "counter/registered-here",
    source: Law,
    citation: "Law 3(1), 22(1)",
    reason: Bilingual {
        ja: "{name}は、この市区町村（{municipality}）の住民基本台帳に記録されていません。",
        en: "{name} is not recorded in the resident register of this municipality ({municipality}).",
    },
    remedy: Bilingual {
        ja: "住民登録のある市区町村の窓口で申請してください。",
        en: "Apply at the counter of the municipality where you are registered.",
    },
};

/// The resident record has not been deleted.
pub static RECORD_ALIVE: Rule = Rule {
    id: "counter/record-alive",
    source: Law,
    citation: "Law 3(1), 12(2)",
    reason: Bilingual {
        ja: "住民票が消除されています（{status}）。",
        en: "The resident record has been deleted ({status}).",
    },
    remedy: Bilingual {
        ja: "転入届などで住民票が作られてから申請してください。",
        en: "Apply after a new resident record has been made, for example by a moving-in notification.",
    },
};

/// A signature certificate's holder is at least 15.
pub static AGE_FIFTEEN: Rule = Rule {
    id: "counter/age-fifteen",
    source: MunicipalPractice,
    citation: "municipal pages (facts/profile-and-rules.md B.2); the law is silent",
    reason: Bilingual {
        ja: "15歳未満（{age}歳）の方には、署名用電子証明書を原則として発行しません。",
        en: "A signature certificate is in principle not issued to a person under 15 (age {age}).",
    },
    remedy: Bilingual {
        ja: "利用者証明用電子証明書だけを申請してください。",
        en: "Apply for the authentication certificate only.",
    },
};

/// The card is an Individual Number Card.
pub static INDIVIDUAL_NUMBER_CARD: Rule = Rule {
    id: "counter/individual-number-card",
    source: Law,
    citation: "Law 3(4), 22(4)",
    reason: Bilingual {
        ja: "住民基本台帳カードには電子証明書を発行できません。",
        en: "No certificate is issued into a resident register card (住民基本台帳カード).",
    },
    remedy: Bilingual {
        ja: "個人番号カードの交付を受けてから申請してください。",
        en: "Obtain an Individual Number Card first.",
    },
};

/// The card is known to the card register.
pub static CARD_REGISTERED: Rule = Rule {
    id: "counter/card-registered",
    source: Law,
    citation: "Law 3(4); Number Act 17",
    reason: Bilingual {
        ja: "カード {card} は登録されていません。",
        en: "Card {card} is not in the card register.",
    },
    remedy: Bilingual {
        ja: "市区町村が交付したカードをお持ちください。",
        en: "Bring the card that the municipality issued.",
    },
};

/// The card was issued to the applicant.
pub static CARD_HOLDER: Rule = Rule {
    id: "counter/card-holder",
    source: Law,
    citation: "Law 3(4); Number Act 17",
    reason: Bilingual {
        ja: "カード {card} は申請者のものではありません。",
        en: "Card {card} is not the applicant's.",
    },
    remedy: Bilingual {
        ja: "ご本人のカードをお持ちください。",
        en: "Bring your own card.",
    },
};

/// The card is valid and has not expired.
pub static CARD_VALID: Rule = Rule {
    id: "counter/card-valid",
    source: Law,
    citation: "Law 3(4); Number Act 17(10)",
    reason: Bilingual {
        ja: "カード {card} は有効ではありません（{state}）。",
        en: "Card {card} is not valid ({state}).",
    },
    remedy: Bilingual {
        ja: "新しい個人番号カードの交付を受けてください。",
        en: "Have a new Individual Number Card issued.",
    },
};

/// The applicant or a proxy stands at the counter.
pub static IN_PERSON: Rule = Rule {
    id: "counter/in-person",
    source: MunicipalPractice,
    citation: "city pages (facts/profile-and-rules.md B.3): no mail applications",
    reason: Bilingual {
        ja: "郵送による申請は受け付けられません。",
        en: "An application by mail is not accepted.",
    },
    remedy: Bilingual {
        ja: "ご本人が窓口にお越しください。",
        en: "Come to the counter in person.",
    },
};

/// A proxy brings the holder's reply to the inquiry.
pub static PROXY_REPLY: Rule = Rule {
    id: "counter/proxy-reply",
    source: Regulation,
    citation: "Reg 5(2), 41(2)",
    reason: Bilingual {
        ja: "代理人による申請には、照会書に対するご本人の回答書が必要です。",
        en: "An application by a proxy needs the holder's reply to the written inquiry.",
    },
    remedy: Bilingual {
        ja: "照会書をご本人に送りますので、回答書をお持ちください。",
        en: "An inquiry is sent to the holder; bring the reply.",
    },
};

/// Identity was shown by a listed document.
pub static IDENTITY_DOCUMENT: Rule = Rule {
    id: "counter/identity-document",
    source: Regulation,
    citation: "Reg 5(1), 41(1)",
    reason: Bilingual {
        ja: "本人確認書類が足りません（提示: {shown}）。",
        en: "The identity documents do not suffice (shown: {shown}).",
    },
    remedy: Bilingual {
        ja: "写真付きの官公署発行の書類を1点、または照会書の回答書ともう1点をお持ちください。",
        en: "Bring one photo document of a public office, or the reply to the inquiry and one other document.",
    },
};

/// What the form states is what the register records.
pub static FORM_MATCHES_REGISTER: Rule = Rule {
    id: "counter/form-matches-register",
    source: Law,
    citation: "Law 3(2), 3(3)",
    reason: Bilingual {
        ja: "申請書の「{item}」が住民票の記載と一致しません（最初の違い: {difference}）。",
        en: "The form's {item} differs from the resident record (the first difference: {difference}).",
    },
    remedy: Bilingual {
        ja: "住民票の記載どおりに書き直してください。",
        en: "Correct the form so that it agrees with the resident record.",
    },
};

/// The fee is paid, unless it is waived.
pub static FEE_PAID: Rule = Rule {
    id: "counter/fee-paid",
    source: Law,
    citation: "Law 67; 200 yen (city pages)",
    reason: Bilingual {
        ja: "手数料{fee}円が納められていません。",
        en: "The fee of {fee} yen has not been paid.",
    },
    remedy: Bilingual {
        ja: "手数料を納めてください。",
        en: "Pay the fee.",
    },
};

/// At most one live certificate of a kind a person.
pub static ONE_LIVE: Rule = Rule {
    id: "authority/one-live-certificate",
    source: Law,
    citation: "Law 6, 25",
    reason: Bilingual {
        ja: "有効な{kind}電子証明書（発行番号 {serial}）が既にあります。",
        en: "A live {kind} certificate (serial number {serial}) exists already.",
    },
    remedy: Bilingual {
        ja: "更新または失効の申請をしてください。",
        en: "Apply for renewal or revocation instead.",
    },
};

/// An enrolled officer's signature verifies over the application.
pub static OFFICER_SIGNED: Rule = Rule {
    id: "authority/officer-signed",
    source: OwnChoice,
    citation: "DESIGN §3: the application is signed by the officer; Reg 8",
    reason: Bilingual {
        ja: "申請データに、登録された担当者の有効な署名がありません。",
        en: "The application does not bear the valid signature of an enrolled officer.",
    },
    remedy: Bilingual {
        ja: "担当者の登録を確かめ、申請をやり直してください。",
        en: "Check the officer's enrolment and take the application again.",
    },
};

/// The officer serves the application's municipality.
pub static OFFICER_MUNICIPALITY: Rule = Rule {
    id: "authority/officer-municipality",
    source: Law,
    citation: "Law 3(1), 3(2)",
    reason: Bilingual {
        ja: "担当者（{officer}）はこの市区町村（{municipality}）の担当者ではありません。",
        en: "Officer {officer} does not serve this municipality ({municipality}).",
    },
    remedy: Bilingual {
        ja: "住民登録のある市区町村の担当者が申請してください。",
        en: "Have an officer of the municipality of registration send the application.",
    },
};

/// The application was made from the newest state of the register.
pub static RECORD_CURRENT: Rule = Rule {
    id: "authority/record-current",
    source: Law,
    citation: "Law 12(1), 31",
    reason: Bilingual {
        ja: "申請の後に住民票の記載が変わりました（申請時 {taken}、現在 {now}）。",
        en: "The resident record has changed since the application was taken (then {taken}, now {now}).",
    },
    remedy: Bilingual {
        ja: "申請書を新しい記載で取り直してください。",
        en: "Take a new application from the present record.",
    },
};

/// Nothing is issued by a clock that went back behind what has been logged.
pub static CLOCK_RIGHT: Rule = Rule {
    id: "authority/clock-right",
    source: OwnChoice,
    citation: "a time that was told is not told again",
    reason: Bilingual {
        ja: "認証局の時計が戻っています（現在 {now}、記録の最も新しい時刻 {newest}）。",
        en: "The authority's clock went back (now {now}; the newest time on record is {newest}).",
    },
    remedy: Bilingual {
        ja: "運用者が時計を合わせるまで待ってください。時計が正しいなら、運用者が up --accept-clock で起動します。",
        en: "Wait until the operator has set the clock. If the clock is right, the operator starts with up --accept-clock.",
    },
};

/// An application's id is used once.
pub static NOT_REPEATED: Rule = Rule {
    id: "authority/not-repeated",
    source: OwnChoice,
    citation: "DESIGN §5: idempotent consumers",
    reason: Bilingual {
        ja: "申請 {application} は、別の内容で既に受け付けられています。",
        en: "Application {application} has been received already with other content.",
    },
    remedy: Bilingual {
        ja: "新しい申請を作ってください。",
        en: "Make a new application.",
    },
};

/// The card proves its own keys over the issuer's channel.
pub static CARD_KEYS: Rule = Rule {
    id: "authority/card-keys",
    source: OwnChoice,
    citation: "DESIGN §5: personalisation in two channels",
    reason: Bilingual {
        ja: "カードとの安全な通信を確立できません（{fault}）。",
        en: "The secure channel to the card was refused ({fault}).",
    },
    remedy: Bilingual {
        ja: "正しいカードを置いて、同じ受付番号でやり直してください。",
        en: "Insert the right card and resume with the same token.",
    },
};

/// A certificate never outlives the authority that issues it.
pub static AUTHORITY_COVERS: Rule = Rule {
    id: "authority/covers",
    source: Standard,
    citation: "facts/profile-and-rules.md A.2; RFC 5280 §6.1.3",
    reason: Bilingual {
        ja: "認証局（{kind}）の鍵では、{wanted}までの証明書を発行できません（認証局の証明書は{covered}まで）。",
        en: "The keys of the {kind} authority cannot issue a certificate until {wanted}: theirs ends on {covered}.",
    },
    remedy: Bilingual {
        ja: "認証局の運用者に連絡してください。鍵の世代交代が済めば、同じ申請で発行できます。",
        en: "Tell the operator of the authority. Once its keys are renewed, the same application can be issued from.",
    },
};

/// Nothing is signed that the linter refuses.
pub static ISSUED_IN_GOOD_ORDER: Rule = Rule {
    id: "authority/lint",
    source: OwnChoice,
    citation: "DESIGN §5: lint before signing",
    reason: Bilingual {
        ja: "作成した証明書がプロファイルに合いません（{finding}）。",
        en: "The certificate to be signed violates its profile ({finding}).",
    },
    remedy: Bilingual {
        ja: "発行者に連絡してください。発行は行われていません。",
        en: "Tell the operator; nothing has been issued.",
    },
};

/// A PIN locks after its last wrong try.
pub static PIN_TRIES: Rule = Rule {
    id: "card/pin-tries",
    source: Standard,
    citation: "ISO/IEC 7816-4 §11.6.6 (63Cx); facts/card.md §8",
    reason: Bilingual {
        ja: "{pin}がロックされています。",
        en: "The {pin} is locked.",
    },
    remedy: Bilingual {
        ja: "マイナンバーカードなら、市区町村の窓口で初期化・再設定を受けてください。この練習場の市の窓口ではできません。練習場の画面で新しいカードを作ってください。",
        en: "With a My Number Card, have it reset at your municipality's counter. The counter of this sandbox city cannot reset it: make a new card on the sandbox's page.",
    },
};

/// The PIN presented is the PIN set.
pub static PIN_RIGHT: Rule = Rule {
    id: "card/pin-right",
    source: Standard,
    citation: "ISO/IEC 7816-4 §11.6.6; facts/card.md §8",
    reason: Bilingual {
        ja: "{pin}が違います（残り{tries}回）。",
        en: "The {pin} is wrong ({tries} tries left).",
    },
    remedy: Bilingual {
        ja: "正しいものを入力してください。",
        en: "Enter the right one.",
    },
};

/// A PIN has its alphabet and length.
pub static PIN_FORM: Rule = Rule {
    id: "card/pin-form",
    source: MunicipalPractice,
    citation: "city pages; facts/card.md §8",
    reason: Bilingual {
        ja: "{pin}の形式が違います（{wanted}）。",
        en: "The {pin} has the wrong form (wanted: {wanted}).",
    },
    remedy: Bilingual {
        ja: "決められた文字と長さで入力してください。試行回数は減っていません。",
        en: "Use the characters and the length required; no try was spent.",
    },
};

/// COMPUTE SIGNATURE needs the PIN of its key.
pub static SIGNATURE_NEEDS_PASSWORD: Rule = Rule {
    id: "card/signature-needs-password",
    source: Standard,
    citation: "facts/card.md §9, §12 (6982)",
    reason: Bilingual {
        ja: "署名用パスワードの照合なしに、署名用の鍵は使えません。",
        en: "The signature key is not used before the signature password has been verified.",
    },
    remedy: Bilingual {
        ja: "署名用パスワードを入力してください。",
        en: "Enter the signature password.",
    },
};

/// EF 0001 is read only after its password.
pub static CERTIFICATE_NEEDS_PASSWORD: Rule = Rule {
    id: "card/certificate-needs-password",
    source: Standard,
    citation: "facts/card.md §5 (EF 0001: 6982)",
    reason: Bilingual {
        ja: "署名用パスワードの照合なしに、署名用電子証明書は読めません。",
        en: "The signature certificate is not read before the signature password has been verified.",
    },
    remedy: Bilingual {
        ja: "署名用パスワードを入力してください。",
        en: "Enter the signature password.",
    },
};

/// What was signed is what was received.
pub static UNCHANGED: Rule = Rule {
    id: "filing/unchanged",
    source: Law,
    citation: "Law 19(1); RFC 5652 §5.4",
    reason: Bilingual {
        ja: "内容が、署名されたものと違います。",
        en: "The content is not the one that was signed.",
    },
    remedy: Bilingual {
        ja: "元の内容に署名し直して送ってください。",
        en: "Sign the content again and send it.",
    },
};

/// The signature is in the form that is read: DER, detached, one signer, with the attributes of CAdES-B.
pub static SIGNATURE_FORM: Rule = Rule {
    id: "filing/signature-form",
    source: Standard,
    citation: "RFC 5652 §5; EN 319 122-1 §6.3",
    reason: Bilingual {
        ja: "電子署名の形式を、ここでは扱っていません（{fault}）。",
        en: "The signature is in a form that is not read here ({fault}).",
    },
    remedy: Bilingual {
        ja: "DERで、本文を含めず、署名者1人のCAdES署名にして、署名し直してください。",
        en: "Sign again: a CAdES signature in DER, detached, by one signer.",
    },
};

/// The signer's certificate is there, and is the one that the signature names and binds.
pub static SIGNER_CERTIFICATE: Rule = Rule {
    id: "filing/signer-certificate",
    source: Standard,
    citation: "RFC 5652 §5.3; RFC 5035 §5.4",
    reason: Bilingual {
        ja: "署名者の証明書がありません（{fault}）。",
        en: "The signer's certificate is not there ({fault}).",
    },
    remedy: Bilingual {
        ja: "署名者の証明書を含めて、署名し直してください。",
        en: "Sign again with the signer's certificate inside the signature.",
    },
};

/// Algorithms and keys are those that are accepted.
pub static ALGORITHM_ACCEPTED: Rule = Rule {
    id: "filing/algorithm-accepted",
    source: Regulation,
    citation: "Reg 2, 38; EN 319 102-1 §5.2.8",
    reason: Bilingual {
        ja: "電子署名の方式か鍵の長さを、ここでは認めていません（{fault}）。",
        en: "The signature was made by a method, or with a key, that is not accepted here ({fault}).",
    },
    remedy: Bilingual {
        ja: "RSA（2048ビット以上）かECDSA（P-256、P-384、P-521）の鍵で、SHA-256、SHA-384かSHA-512を使って署名し直してください。",
        en: "Sign again with an RSA key of at least 2048 bits or one on P-256, P-384 or P-521, and SHA-256, SHA-384 or SHA-512.",
    },
};

/// The signature verifies with the certificate's key.
pub static SIGNATURE_VERIFIES: Rule = Rule {
    id: "filing/signature-verifies",
    source: Law,
    citation: "Law 19(1); RFC 5652 §5.6",
    reason: Bilingual {
        ja: "電子署名が検証できません。",
        en: "The signature does not verify.",
    },
    remedy: Bilingual {
        ja: "署名し直して送ってください。",
        en: "Sign again and send it.",
    },
};

/// The certificate's path ends at a trust anchor.
pub static TRUSTED_ISSUER: Rule = Rule {
    id: "filing/trusted-issuer",
    source: Law,
    citation: "Law 17, 19(1); RFC 5280 §6",
    reason: Bilingual {
        ja: "証明書が信頼する認証局から発行されていません（{fault}）。",
        en: "The certificate does not chain to a trusted authority ({fault}).",
    },
    remedy: Bilingual {
        ja: "公的個人認証の署名用電子証明書で署名してください。",
        en: "Sign with the signature certificate of this service.",
    },
};

/// Key usage and policy are those of the signature certificate.
pub static SIGNATURE_CERTIFICATE: Rule = Rule {
    id: "filing/signature-certificate",
    source: Law,
    citation: "Law 2, 3, 22; RFC 5280 §4.2.1.3, §4.2.1.4",
    reason: Bilingual {
        ja: "署名した証明書の種類か用途が違います（{fault}）。",
        en: "The certificate that signed is of the wrong kind or use ({fault}).",
    },
    remedy: Bilingual {
        ja: "署名用電子証明書で署名してください。",
        en: "Sign with the signature certificate.",
    },
};

/// The certificate's validity has begun.
pub static ALREADY_VALID: Rule = Rule {
    id: "filing/already-valid",
    source: Law,
    citation: "Law 5; RFC 5280 §4.1.2.5",
    reason: Bilingual {
        ja: "証明書の有効期間は{from}からで、検証した時刻（{at}）にはまだ始まっていません。",
        en: "The certificate is valid from {from}, which had not come at the time of the check ({at}).",
    },
    remedy: Bilingual {
        ja: "検証した機械の時計が合っているか確かめてから、もう一度お試しください。",
        en: "See whether the clock of the machine that checked is right, then try again.",
    },
};

/// The certificate is within its validity.
pub static NOT_EXPIRED: Rule = Rule {
    id: "filing/not-expired",
    source: Law,
    citation: "Law 5, 15(1)(5); Reg 13",
    reason: Bilingual {
        ja: "署名用電子証明書の有効期間（{until}まで）が過ぎています。",
        en: "The signature certificate expired ({until}).",
    },
    remedy: Bilingual {
        ja: "住民登録のある市区町村の窓口で、新しい証明書を申請してください。",
        en: "Apply for a new certificate at your municipality's counter.",
    },
};

/// The certificate has not been revoked.
pub static NOT_REVOKED: Rule = Rule {
    id: "filing/not-revoked",
    source: Law,
    citation: "Law 15(1), 19(1)",
    reason: Bilingual {
        ja: "署名用電子証明書は失効しています（{since}、理由: {cause}）。",
        en: "The signature certificate has been revoked ({since}, reason: {cause}).",
    },
    remedy: Bilingual {
        ja: "住民登録のある市区町村の窓口で、新しい証明書を申請してください。",
        en: "Apply for a new certificate at your municipality's counter.",
    },
};

/// The certificate's status could be obtained and trusted.
pub static STATUS_KNOWN: Rule = Rule {
    id: "filing/status-known",
    source: Law,
    citation: "Law 19(1); EN 319 102-1 §5.2.5",
    reason: Bilingual {
        ja: "署名用電子証明書の有効性を今は確認できません（{fault}）。",
        en: "The status of the signature certificate cannot be determined now ({fault}).",
    },
    remedy: Bilingual {
        ja: "{advice}",
        en: "{advice}",
    },
};

/// The filing names the person whose certificate signed it.
pub static SIGNER_IS_APPLICANT: Rule = Rule {
    id: "filing/signer-is-applicant",
    source: OwnChoice,
    citation: "e-Tax and e-Gov practice: the filer signs",
    reason: Bilingual {
        ja: "申請者（{applicant}）と署名者（{signer}）が違います（最初の違い: {difference}）。",
        en: "The applicant ({applicant}) and the signer ({signer}) differ (the first difference: {difference}).",
    },
    remedy: Bilingual {
        ja: "申請者ご本人の電子証明書で署名してください。",
        en: "Sign with the applicant's own certificate.",
    },
};

/// The document contains everything filed, in the canonical form.
pub static COMPLETE: Rule = Rule {
    id: "filing/complete",
    source: OwnChoice,
    citation: "facts/profile-and-rules.md C.1: everything filed is signed",
    reason: Bilingual {
        ja: "申告・申請の内容に不備があります（{fault}）。",
        en: "The filing is not complete or not well formed ({fault}).",
    },
    remedy: Bilingual {
        ja: "示された箇所を直して、署名し直してください。",
        en: "Correct what is named and sign again.",
    },
};

/// The agency offers the procedure.
pub static PROCEDURE_KNOWN: Rule = Rule {
    id: "filing/procedure-known",
    source: OwnChoice,
    citation: "procedures are data of the agency",
    reason: Bilingual {
        ja: "手続 {procedure} は受け付けていません。",
        en: "Procedure {procedure} is not accepted here.",
    },
    remedy: Bilingual {
        ja: "手続の一覧を確かめてください。",
        en: "See the list of procedures.",
    },
};

/// A filing is received once.
pub static NOT_FILED_TWICE: Rule = Rule {
    id: "filing/not-filed-twice",
    source: OwnChoice,
    citation: "idempotent receipt; a replayed filing must not count twice",
    reason: Bilingual {
        ja: "同じ内容が既に受け付けられています（受付番号 {receipt}）。",
        en: "The same filing has been received already (receipt {receipt}).",
    },
    remedy: Bilingual {
        ja: "受付番号で処理状況を確かめてください。",
        en: "Follow it by its receipt number.",
    },
};

/// An upload stays within its limit.
pub static SIZE_LIMIT: Rule = Rule {
    id: "upload/size-limit",
    source: OwnChoice,
    citation: "every upload is bounded",
    reason: Bilingual {
        ja: "送られたデータが上限（{limit}バイト）を超えています。",
        en: "What was sent exceeds the limit of {limit} bytes.",
    },
    remedy: Bilingual {
        ja: "小さくして送ってください。",
        en: "Make it smaller.",
    },
};

/// What is sent has the form it must have.
pub static WELL_FORMED: Rule = Rule {
    id: "upload/well-formed",
    source: OwnChoice,
    citation: "parsers take untrusted bytes",
    reason: Bilingual {
        ja: "データの形式が正しくありません（{where}: {fault}）。",
        en: "The data is malformed ({where}: {fault}).",
    },
    remedy: Bilingual {
        ja: "示された箇所を直してください。",
        en: "Correct what is named.",
    },
};

/// Every row of an import is right, or nothing is imported.
pub static IMPORT_ROWS: Rule = Rule {
    id: "register/import-rows",
    source: OwnChoice,
    citation: "all or nothing (facts/profile-and-rules.md D.1)",
    reason: Bilingual {
        ja: "CSVの{count}行に誤りがあるため、何も取り込みませんでした。",
        en: "Nothing was imported: {count} rows of the CSV are wrong.",
    },
    remedy: Bilingual {
        ja: "報告された行を直して、全体をもう一度取り込んでください。",
        en: "Correct the rows reported and import the whole file again.",
    },
};

/// The resident code is recorded.
pub static RESIDENT_KNOWN: Rule = Rule {
    id: "register/resident-known",
    source: Law,
    citation: "Juki 7",
    reason: Bilingual {
        ja: "住民票コード {resident} の方は記録されていません。",
        en: "No resident is recorded under {resident}.",
    },
    remedy: Bilingual {
        ja: "コードを確かめてください。",
        en: "Check the code.",
    },
};

/// A change event fits the record it changes.
pub static EVENT_FITS: Rule = Rule {
    id: "register/event-fits",
    source: Law,
    citation: "Juki 22–25, 8",
    reason: Bilingual {
        ja: "異動「{event}」はこの方の現在の記録に合いません（{fault}）。",
        en: "The change {event} does not fit the person's present record ({fault}).",
    },
    remedy: Bilingual {
        ja: "届出の内容を確かめてください。",
        en: "Check the notification.",
    },
};

/// Only an enrolled officer works at the counter.
pub static OFFICER_KNOWN: Rule = Rule {
    id: "counter/officer-known",
    source: OwnChoice,
    citation: "DESIGN §5: no default credentials",
    reason: Bilingual {
        ja: "担当者の認証に失敗しました。",
        en: "The officer could not be authenticated.",
    },
    remedy: Bilingual {
        ja: "担当者番号とパスワード、または登録コードを確かめてください。",
        en: "Check the officer's number and password, or the enrolment code.",
    },
};

/// Every rule, in the order of the story.
pub static RULES: &[&Rule] = &[
    &REGISTERED_HERE,
    &RECORD_ALIVE,
    &AGE_FIFTEEN,
    &INDIVIDUAL_NUMBER_CARD,
    &CARD_REGISTERED,
    &CARD_HOLDER,
    &CARD_VALID,
    &IN_PERSON,
    &PROXY_REPLY,
    &IDENTITY_DOCUMENT,
    &FORM_MATCHES_REGISTER,
    &FEE_PAID,
    &ONE_LIVE,
    &OFFICER_SIGNED,
    &OFFICER_MUNICIPALITY,
    &RECORD_CURRENT,
    &CLOCK_RIGHT,
    &NOT_REPEATED,
    &CARD_KEYS,
    &AUTHORITY_COVERS,
    &ISSUED_IN_GOOD_ORDER,
    &PIN_TRIES,
    &PIN_RIGHT,
    &PIN_FORM,
    &SIGNATURE_NEEDS_PASSWORD,
    &CERTIFICATE_NEEDS_PASSWORD,
    &UNCHANGED,
    &SIGNATURE_FORM,
    &SIGNER_CERTIFICATE,
    &SIGNATURE_VERIFIES,
    &ALGORITHM_ACCEPTED,
    &TRUSTED_ISSUER,
    &SIGNATURE_CERTIFICATE,
    &ALREADY_VALID,
    &NOT_EXPIRED,
    &NOT_REVOKED,
    &STATUS_KNOWN,
    &SIGNER_IS_APPLICANT,
    &COMPLETE,
    &PROCEDURE_KNOWN,
    &NOT_FILED_TWICE,
    &SIZE_LIMIT,
    &WELL_FORMED,
    &IMPORT_ROWS,
    &RESIDENT_KNOWN,
    &EVENT_FITS,
    &OFFICER_KNOWN,
    &CARD_READ,
    &CLERK_KNOWN,
    &DECIDED_ONCE,
    &READ_BY_FILER,
    &PAGE_OF_THIS_SESSION,
    &LOGGED_IN,
    &OWNER_ONLY,
    &SITE_ALLOWED,
    &SITE_OVER_TLS,
    &ERRANDS_AT_ONCE,
    &TICKET_GOOD,
    &NOT_TOO_MUCH_AT_ONCE,
    &TOP_LEVEL_NAVIGATION,
    &ISSUER_CHANNEL_ONLY,
    &LAST_TRY_CONFIRMED,
    &LOG_IN_PROVEN,
    &LOG_IN_ALIVE,
    &LOG_IN_KNOWN_ALIVE,
    &HOLDER_SIGNED,
    &OWN_CERTIFICATES,
    &REQUEST_FRESH,
    &STATEMENT_SIGNED,
    &STATEMENT_FOR_THIS,
    &STATEMENT_FRESH,
    &TAKEN_RECENTLY,
    &APPLICATION_OPEN,
    &RENEWAL_OF_LIVE,
    &KEY_NEW,
    &OFFICER_SERVING,
    &REVOCATION_REASON,
    &REVOCATION_HERE,
    &LOOK_UP_SIGNED,
    &LOOK_UP_FRESH,
    &LOOK_UP_REASON,
];

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_every_text_is_there_in_both_languages() {
        let mut ids: Vec<_> = RULES.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        for r in RULES {
            for text in [r.reason, r.remedy] {
                // An advice that depends on the cause is a fact.
                assert!(text.ja.ends_with(['。', '}']), "{}", r.id);
                assert!(text.en.ends_with(['.', '}']), "{}", r.id);
                let names = |t: &str| {
                    let mut names: Vec<String> = t
                        .split('{')
                        .skip(1)
                        .filter_map(|rest| rest.split_once('}'))
                        .map(|(name, _)| name.to_owned())
                        .collect();
                    names.sort();
                    names
                };
                assert_eq!(names(text.ja), names(text.en), "{}", r.id);
            }
        }
    }

    #[test]
    fn a_refusal_says_its_facts_in_both_languages() {
        let refusal = FEE_PAID
            .require(false, [("fee", "200".to_owned())])
            .unwrap_err();
        let report = refusal.report();
        assert_eq!(report.rule, "counter/fee-paid");
        assert!(report.reason.ja.contains("200円"));
        assert!(report.reason.en.contains("200 yen"));
        assert!(FEE_PAID.require(true, []).is_ok());
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(
            serde_json::from_str::<crate::RefusalReport>(&json).unwrap(),
            report
        );
    }
}
