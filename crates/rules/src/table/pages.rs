//! The rules of pages, and of the agent behind them.

use crate::rule::{
    Bilingual, Rule,
    SourceClass::{Law, OwnChoice, Standard},
};

/// A form is taken only from a page of this site, in the session that the page was made for (cross-site request forgery).
pub static PAGE_OF_THIS_SESSION: Rule = Rule {
    id: "page/of-this-session",
    source: OwnChoice,
    citation: "DESIGN §5: loopback is hostile; OWASP ASVS 4.2.2",
    reason: Bilingual {
        ja: "この送信は、今の画面から送られたものと確認できません。何も行っていません。",
        en: "It cannot be confirmed that this was sent from the page you have open now. Nothing was done.",
    },
    remedy: Bilingual {
        ja: "元の画面を開き直し、もう一度入力して送信してください。",
        en: "Open the page again, and enter and send it once more.",
    },
};

/// What is shown only to who is logged in.
pub static LOGGED_IN: Rule = Rule {
    id: "page/logged-in",
    source: OwnChoice,
    citation: "DESIGN §5",
    reason: Bilingual {
        ja: "ログインしていないか、ログインの有効時間が過ぎました。",
        en: "You are not logged in, or your session has ended.",
    },
    remedy: Bilingual {
        ja: "もう一度ログインしてください。",
        en: "Log in again.",
    },
};

/// The agent serves the account that it runs in, and no other of the machine.
pub static OWNER_ONLY: Rule = Rule {
    id: "agent/owner-only",
    source: OwnChoice,
    citation: "DESIGN §5: loopback is hostile",
    reason: Bilingual {
        ja: "この利用者クライアントは、起動したアカウントからだけ使えます。この接続は、そのアカウントからのものと確かめられません（接続元: {account}）。何も行っていません。",
        en: "This agent serves the account that started it, and nobody else. It cannot be confirmed that this connection comes from that account (it comes from: {account}). Nothing was done.",
    },
    remedy: Bilingual {
        ja: "利用者クライアントを起動したアカウントでブラウザーを開き、もう一度操作してください。ブラウザーがコンテナーや別のアカウントで動いているときは、同じアカウントで普通に起動したブラウザーを使うか、ブラウザーと同じ場所・同じアカウントで利用者クライアントを起動してください。",
        en: "Open a browser in the account that started the agent, and begin once more. If your browser runs in a container or in another account, use one that is started in your own, or start the agent where the browser runs and in the same account.",
    },
};

/// The agent serves only sites that its owner allows.
pub static SITE_ALLOWED: Rule = Rule {
    id: "agent/site-allowed",
    source: OwnChoice,
    citation: "DESIGN §5: loopback is hostile",
    reason: Bilingual {
        ja: "{site} は、このパソコンのカードを使うことを許されていません。カードには何も送っていません。",
        en: "{site} is not allowed to use the card on this computer. Nothing was sent to the card.",
    },
    remedy: Bilingual {
        ja: "心当たりがなければ、この画面を閉じてください。使いたいサイトなら、「許可したサイト」に加えてください。",
        en: "If you did not expect this, close the page. If you want to use the site, add it to the allowed sites.",
    },
};

/// A site of another machine is spoken with over TLS only.
pub static SITE_OVER_TLS: Rule = Rule {
    id: "agent/site-over-tls",
    source: OwnChoice,
    citation: "DESIGN §5; RFC 9325 §3.2",
    reason: Bilingual {
        ja: "{site} は暗号化されていないサイト（http://）なので、カードを使えません。カードには何も送っていません。",
        en: "{site} is not encrypted (http://), so it cannot use the card. Nothing was sent to the card.",
    },
    remedy: Bilingual {
        ja: "「https://」のアドレスで開き直してください。「http://」は、このパソコンの中のサイトにだけ使えます。",
        en: "Open the site at its https:// address. Only a site on this very computer may be http://.",
    },
};

/// Nobody's errands push out others': a new one waits until there is room.
pub static ERRANDS_AT_ONCE: Rule = Rule {
    id: "agent/errands-at-once",
    source: OwnChoice,
    citation: "DESIGN §5: loopback is hostile",
    reason: Bilingual {
        ja: "途中の用件が多すぎるので、新しい用件をまだ受け取っていません（一度に{most}件まで）。途中の用件は、そのまま残っています。",
        en: "Too many requests are unfinished ({most} at once), so the new one has not been taken over yet. The unfinished ones are as they were.",
    },
    remedy: Bilingual {
        ja: "途中の用件を終えるか、やめてから、「もう一度受け取る」を押してください。",
        en: "Finish or decline one of them, then press \"Take it over\".",
    },
};

/// A ticket is good once, for a short time.
pub static TICKET_GOOD: Rule = Rule {
    id: "agent/ticket-good",
    source: OwnChoice,
    citation: "DESIGN §5: top-level navigation with a one-time ticket",
    reason: Bilingual {
        ja: "この呼び出しは、すでに使われたか、期限が切れています。カードには何も送っていません。",
        en: "This request has been used already, or has run out. Nothing was sent to the card.",
    },
    remedy: Bilingual {
        ja: "元のサイトに戻り、もう一度操作してください。",
        en: "Go back to the site and begin once more.",
    },
};

/// What is under way at once is bounded, so that nobody's load stops another's.
pub static NOT_TOO_MUCH_AT_ONCE: Rule = Rule {
    id: "page/not-too-much-at-once",
    source: OwnChoice,
    citation: "OWASP ASVS 11.1.4",
    reason: Bilingual {
        ja: "今は同時に扱える数を超えているため、受け付けていません。何も行っていません。",
        en: "More is under way than can be taken at once. Nothing was done.",
    },
    remedy: Bilingual {
        ja: "少し待ってから、もう一度操作してください。",
        en: "Wait a little and do it again.",
    },
};

/// The agent is walked to, and neither framed nor fetched.
pub static TOP_LEVEL_NAVIGATION: Rule = Rule {
    id: "agent/top-level-navigation",
    source: OwnChoice,
    citation: "DESIGN §5: top-level navigation with a one-time ticket; Fetch Metadata §2",
    reason: Bilingual {
        ja: "この呼び出しは、サイトから画面を移したものではありません。カードには何も送っていません。",
        en: "This request did not come by going from the site's page to this one. Nothing was sent to the card.",
    },
    remedy: Bilingual {
        ja: "元のサイトに戻り、サイトの画面から操作してください。続くときは、ブラウザーを新しくしてください。",
        en: "Go back to the site and begin from its page. If it goes on, update the browser.",
    },
};

/// A counter's relay carries the issuer's channel and nothing else.
pub static ISSUER_CHANNEL_ONLY: Rule = Rule {
    id: "agent/issuer-channel-only",
    source: OwnChoice,
    citation: "DESIGN §5: the relay is no signing oracle",
    reason: Bilingual {
        ja: "{site} が、発行のためのものではない命令（{header}）をカードに送ろうとしました。カードには送らず、中止しました。",
        en: "{site} tried to send the card a command that is not for issuing ({header}). It was not sent, and the work was stopped.",
    },
    remedy: Bilingual {
        ja: "窓口の担当者に、この画面を見せてください。",
        en: "Show this page to the officer at the counter.",
    },
};

/// The last try of a PIN is made only after a typed confirmation.
pub static LAST_TRY_CONFIRMED: Rule = Rule {
    id: "agent/last-try-confirmed",
    source: OwnChoice,
    citation: "DESIGN §5: the last try needs a typed confirmation",
    reason: Bilingual {
        ja: "入力できるのはあと1回です。確認の言葉「{word}」が入力されていないため、カードには送っていません。",
        en: "One try is left. The confirmation \"{word}\" was not typed, so nothing was sent to the card.",
    },
    remedy: Bilingual {
        ja: "暗証番号に確信があれば、確認の言葉も入力してください。なければ、ここでやめて、暗証番号を確かめてください。ロックされると、マイナンバーカードは市区町村の窓口でしか初期化できず、この練習用のカードは作り直すしかありません。",
        en: "If you are sure of the PIN, type the confirmation as well. If not, stop here and find it out. A locked My Number Card is reset at a municipality's counter only, and a card of this sandbox not at all: a new one has to be made.",
    },
};

/// A log-in is proven by a signature over this site's own challenge, with a certificate that is alive.
pub static LOG_IN_PROVEN: Rule = Rule {
    id: "portal/log-in-proven",
    source: Standard,
    citation: "Law 37; ISO/IEC 9798-3: challenge bound to origin and session",
    reason: Bilingual {
        ja: "利用者証明用電子証明書によるログインを確認できませんでした（{fault}）。",
        en: "The log-in with the authentication certificate could not be confirmed ({fault}).",
    },
    remedy: Bilingual {
        ja: "もう一度ログインしてください。証明書が失効しているときは、市区町村の窓口で申請してください。",
        en: "Log in once more. If the certificate is no longer alive, apply at the municipality's counter.",
    },
};

/// A log-in lasts no longer than the certificate by which it was proven.
pub static LOG_IN_ALIVE: Rule = Rule {
    id: "portal/log-in-alive",
    source: OwnChoice,
    citation: "Law 38 asks at the log-in whether the certificate is alive; a session that outlived it would undo that",
    reason: Bilingual {
        ja: "ログインに使った利用者証明用電子証明書は、もう使えません（{fault}）。ログインを終えました。",
        en: "The authentication certificate that you logged in with is no longer alive ({fault}). You have been logged out.",
    },
    remedy: Bilingual {
        ja: "市区町村の窓口で新しい証明書の発行を受け、もう一度ログインしてください。下書きと送ったものは残っています。",
        en: "Have a new certificate issued at the municipality's counter and log in again. Your drafts and filings are kept.",
    },
};

/// While it is not known whether the certificate lives, one's own things can be read and not changed.
pub static LOG_IN_KNOWN_ALIVE: Rule = Rule {
    id: "portal/log-in-known-alive",
    source: OwnChoice,
    citation: "what is not known is never taken as valid; what is one's own may be read",
    reason: Bilingual {
        ja: "ログインに使った証明書が有効かどうかを、今は確かめられません。読むことはできますが、送ったり変えたりはできません。",
        en: "Whether the certificate that you logged in with is alive cannot be found out now. You can read, but neither send nor change anything.",
    },
    remedy: Bilingual {
        ja: "{advice}下書きと送ったものは残っています。",
        en: "{advice} Your drafts and filings are kept.",
    },
};

/// Only an enrolled clerk works at the agency's desk.
pub static CLERK_KNOWN: Rule = Rule {
    id: "agency/clerk-known",
    source: OwnChoice,
    citation: "DESIGN §5: no default credentials",
    reason: Bilingual {
        ja: "係員の認証に失敗しました。",
        en: "The clerk could not be authenticated.",
    },
    remedy: Bilingual {
        ja: "氏名とパスワード、または登録コードを確かめてください。続けて間違えたときは15分待ってください。",
        en: "Check the name and the password, or the enrolment code. After several wrong tries, wait a quarter of an hour.",
    },
};

/// A filing is decided once.
pub static DECIDED_ONCE: Rule = Rule {
    id: "agency/decided-once",
    source: OwnChoice,
    citation: "a decision that is told to the applicant stands",
    reason: Bilingual {
        ja: "この申請にはすでに結論が出ているか、受け付けていません。",
        en: "This filing has been decided already, or was not received.",
    },
    remedy: Bilingual {
        ja: "今の状態を確かめてください。",
        en: "Look at its present state.",
    },
};

/// What was filed is read by who filed it, and by the agency's clerks. A receipt number opens nothing.
pub static READ_BY_FILER: Rule = Rule {
    id: "agency/read-by-filer",
    source: OwnChoice,
    citation: "a receipt number is printed and told to others; a key is not",
    reason: Bilingual {
        ja: "この受付番号と鍵では、何も読めません。申請の内容を読めるのは、送った本人と受付係だけです。",
        en: "Nothing can be read with this receipt number and key. What was filed is read by who filed it and by the agency's clerks only.",
    },
    remedy: Bilingual {
        ja: "ポータルにログインして、マイページから開いてください。プログラムでは、送ったときの鍵を付けてください。",
        en: "Log in at the portal and open it from your page. A program shows the key that it sent with the filing.",
    },
};

/// The card is read by the agent before an application is taken.
pub static CARD_READ: Rule = Rule {
    id: "counter/card-read",
    source: OwnChoice,
    citation: "the card's number is compared with the card register",
    reason: Bilingual {
        ja: "カードを読み取れませんでした。",
        en: "The card was not read.",
    },
    remedy: Bilingual {
        ja: "カードをリーダーに置き、もう一度「カードを読む」を押してください。",
        en: "Put the card on the reader and press \"Read the card\" once more.",
    },
};

/// A holder's online request bears the signature of their living signature certificate.
pub static HOLDER_SIGNED: Rule = Rule {
    id: "authority/holder-signed",
    source: Law,
    citation: "Law 9(4), 28(4): signed with the signature certificate in both cases",
    reason: Bilingual {
        ja: "この失効申請は、有効な署名用電子証明書で署名されていません（{fault}）。",
        en: "This request for revocation is not signed with a living signature certificate ({fault}).",
    },
    remedy: Bilingual {
        ja: "署名用電子証明書で署名してください。失効しているときは、市区町村の窓口で申請してください。",
        en: "Sign it with the signature certificate. If that is no longer alive, apply at the municipality's counter.",
    },
};

/// Only the holder's own certificates end at the holder's request.
pub static OWN_CERTIFICATES: Rule = Rule {
    id: "authority/own-certificates",
    source: Law,
    citation: "Law 9(1), 28(1)",
    reason: Bilingual {
        ja: "失効を申請された証明書 {serial} は、署名した本人のものではありません。",
        en: "Certificate {serial}, which the request names, is not the signer's.",
    },
    remedy: Bilingual {
        ja: "自分のカードの電子証明書だけを指定してください。",
        en: "Name the certificates of your own card only.",
    },
};

/// An online request is acted on when it is new, and for a reason that a holder can give.
pub static REQUEST_FRESH: Rule = Rule {
    id: "authority/request-fresh",
    source: OwnChoice,
    citation: "a request that lay about is no present wish",
    reason: Bilingual {
        ja: "この失効申請の時刻は、認証局の時刻から5分より離れています。",
        en: "The time of this request for revocation is more than five minutes from the authority's.",
    },
    remedy: Bilingual {
        ja: "この機械の時計を確かめ、新しい申請を作って、5分以内に送ってください。",
        en: "See that this machine's clock is right, make a new request and send it within five minutes.",
    },
};
