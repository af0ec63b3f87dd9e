//! What one needs, and how to get it.

use super::page;
use crate::{Portal, session::MayBeCitizen};
use axum::extract::State;
use shirushi_clock::Date;
use shirushi_rules::Bilingual;
use shirushi_web::{Page, Visit, maud::html, ui};
use std::sync::Arc;

pub(crate) async fn prepare(
    State(_): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
) -> Page {
    let content = html! {
        (ui::definitions(&[
            (visit.say("マイナンバーカード", "My Number Card"), html! { (visit.say(
                "署名用電子証明書（申告・申請に）と利用者証明用電子証明書（ログインに）が入った、有効期間内のもの。住民基本台帳カードは使えません。",
                "Valid, with a signature certificate (for filing) and an authentication certificate (for logging in). Resident register cards cannot be used.")) }),
            (visit.say("カードリーダライタ", "Reader"), html! { (visit.say(
                "パソコンにつなぎ、ICカードを読み書きする機器。", "A device at your computer that reads and writes the card.")) }),
            (visit.say("パソコン", "Computer"), html! { (visit.say("ブラウザーが使えるもの。", "Any with a browser.")) }),
            (visit.say("利用者クライアントソフト", "Client software"), html! { (visit.say(
                "カードと話し、暗証番号を受け取るのは、このソフトだけです。このサイトに暗証番号を入力することはありません。",
                "It alone speaks with the card and takes your PINs. You never type a PIN into this site.")) }),
            (visit.say("暗証番号", "PINs"), html! {
                ul {
                    li { (visit.say("ログインに: 数字4桁（続けて3回まちがえるとロック）", "To log in: four digits (locked after three wrong tries)")) }
                    li { (visit.say("署名に: 6〜16文字の英大文字と数字（続けて5回まちがえるとロック）",
                        "To sign: 6 to 16 capital letters and digits (locked after five wrong tries)")) }
                }
                (visit.say("ロックされると、マイナンバーカードは市区町村の窓口で再設定します。この練習用のカードは再設定できないので、練習場の画面で新しく作ってください。", "A locked My Number Card is reset at the municipality's counter. A card of this sandbox cannot be reset: make a new one on the sandbox's page.")) }),
        ]))
        p { a href="/certificates" { (visit.say("自分の証明書を確かめる", "Check your certificates")) } }
    };
    let title = visit.say("準備するもの", "What you need");
    page(&visit, citizen.as_ref(), title, content)
}

pub(crate) async fn apply(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
) -> Page {
    let content = html! {
        p.lead { (visit.say("電子証明書は、住民登録をしている市区町村の窓口で、本人が申請します。",
            "You apply for certificates in person, at the counter of the municipality where you are registered.")) }
        h2 { (visit.say("持っていくもの", "What to bring")) }
        ul {
            li { (visit.say("有効なマイナンバーカード（個人番号カード）。住民基本台帳カードには、新しい電子証明書は発行されません。",
                "A valid My Number Card. No new certificate is put into a resident register card.")) }
            li { (visit.say("本人確認書類。写真付きのもの1点。マイナンバーカードだけでも足ります。", "An identity document with a photograph. The My Number Card itself will do.")) }
            li { (visit.say("手数料200円。カードといっしょの初めての発行と、更新は無料です。", "The fee of 200 yen; none at the first issue with the card, or at renewal.")) }
        }
        h2 { (visit.say("窓口で", "At the counter")) }
        ol {
            li { (visit.say("「電子証明書新規発行申請書」に、氏名、生年月日、性別、住所を書きます。",
                "Fill in the application form with your name, date of birth, sex and address.")) }
            li { (visit.say("担当者が、住民基本台帳と本人確認書類で確かめます。", "The officer checks it against the register and your document.")) }
            li { (visit.say("暗証番号を自分で入力し、証明書の入ったカードを受け取ります。", "You type your PINs yourself, and receive the card with the certificates in it.")) }
        }
        h2 { (visit.say("ご注意", "Please note")) }
        ul {
            li { (visit.say("郵送では申請できません。", "You cannot apply by mail.")) }
            li { (visit.say("代理人のときは、先に窓口へ相談してください。本人へ届く照会書への回答書、委任状、代理人の写真付き本人確認書類が必要で、窓口へは2回行くことになります。",
                "If somebody acts for you, ask at the counter first. They need your reply to the inquiry sent to you, a power of attorney and an identity document with a photograph, and have to go twice.")) }
            li { (visit.say("引っ越しや結婚などで氏名・住所が変わると、署名用電子証明書は失効します。利用者証明用電子証明書は、そのまま使えます。",
                "When your name or address changes, the signature certificate ends. The authentication certificate stays alive.")) }
            li { (visit.say("有効期間は、発行の日のあとの5回目の誕生日までです。3か月前から更新できます。",
                "They are valid until your fifth birthday after issue, and can be renewed in the last three months.")) }
            li { (visit.say("15歳未満の方には、署名用電子証明書は原則として発行されません（自治体の運用）。", "Under 15, no signature certificate is issued in principle (municipal practice).")) }
        }
        @if portal.config.is_sandbox {
            (ui::notice(ui::Tone::Note, html! { p { a href=(portal.config.counter_page) {
                (visit.say("練習用の市の窓口へ", "To the counter of the sandbox's town")) } } }))
        }
        p.hint { (visit.say("出典: ", "Sources: "))
            (visit.say("公的個人認証法3条・6条・12条・22条・67条、同施行規則5条・13条・41条・49条、市区町村のウェブサイト",
                "Law 3, 6, 12, 22, 67; Reg 5, 13, 41, 49; pages of municipalities")) }
    };
    let title = visit.say("電子証明書の申請", "Getting certificates");
    page(&visit, citizen.as_ref(), title, content)
}

struct News {
    day: Date,
    what: Bilingual,
}

/// From `facts/profile-and-rules.md` A.8, B.1 and B.2, the newest first.
static NEWS: [News; 5] = [
    News {
        day: Date::constant(2026, 6, 14),
        what: Bilingual {
            ja: "特定在留カードの申請で、出入国在留管理庁を通じた電子証明書の申請が始まりました。",
            en: "Residents who get a special residence card can apply through the Immigration Services Agency.",
        },
    },
    News {
        day: Date::constant(2023, 5, 11),
        what: Bilingual {
            ja: "スマートフォン用の電子証明書が始まりました（このポータルでは使えません）。",
            en: "Certificates for smartphones began (this portal does not take them).",
        },
    },
    News {
        day: Date::constant(2016, 1, 1),
        what: Bilingual {
            ja: "電子証明書の発行者が、都道府県知事から地方公共団体情報システム機構（J-LIS）に変わりました。利用者証明用電子証明書が始まりました。",
            en: "J-LIS became the issuer in place of the prefectural governors. Authentication certificates began.",
        },
    },
    News {
        day: Date::constant(2015, 12, 22),
        what: Bilingual {
            ja: "住民基本台帳カードへの電子証明書の発行が終わりました。",
            en: "The last certificates were put into resident register cards.",
        },
    },
    News {
        day: Date::constant(2004, 1, 29),
        what: Bilingual {
            ja: "公的個人認証サービスが始まりました。",
            en: "The service began.",
        },
    },
];

pub(crate) async fn news(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
) -> Page {
    // A sandbox's clock may stand before the last of them.
    let today = portal.now().date_jst();
    let content = html! {
        ul { @for item in NEWS.iter().filter(|item| item.day <= today) {
            li { strong { time datetime=(item.day) { (ui::date(&visit, item.day)) } } " " (visit.text(item.what)) }
        } }
    };
    let title = visit.say("お知らせ", "News");
    page(&visit, citizen.as_ref(), title, content)
}
