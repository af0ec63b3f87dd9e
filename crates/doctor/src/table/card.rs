//! Checks of the card.

use super::both;
use crate::Check;

pub(crate) static CARD_FILE: Check = Check {
    id: "card/file",
    what: both(
        "ソフトウェアのカードのファイルが壊れていない",
        "The files of software cards are whole",
    ),
    fix: both(
        "{path}がカードのファイルか確かめてください。カードのファイルなら別の場所に残しておき、新しいカードを発行してもらってください。鍵は元に戻せません",
        "See that {path} is a card's file. If it is, keep it in another place and have a new card issued; its keys cannot be had back",
    ),
};

pub(crate) static CARD_NAMED: Check = Check {
    id: "card/named",
    what: both(
        "名指しされたカードのファイルがある",
        "The card's file that was named is there",
    ),
    fix: both(
        "ファイルの名前と場所を確かめてください。練習用のカードは`shirushi card new {path} --resident CODE`で作れます（CODEは住民票コード）",
        "See whether name and folder are right. `shirushi card new {path} --resident CODE` makes a card of the sandbox",
    ),
};

pub(crate) static CARD_PRESENT: Check = Check {
    id: "card/present",
    what: both("カードがリーダーにある", "A card is in the reader"),
    fix: both(
        "カードを奥まで差し込むか、リーダーの中央に置いてください",
        "Push the card in to the end, or lay it on the middle of the reader",
    ),
};

pub(crate) static CARD_ANSWERS: Check = Check {
    id: "card/answers",
    what: both("カードが応答する", "The card answers"),
    fix: both(
        "カードを抜き、ICチップの面と向きを確かめ、端子を乾いた布で拭いて入れ直してください。ほかのリーダーでも応答しなければ、市区町村の窓口へ",
        "Take the card out, see that the chip is on the right side and goes in first, wipe its contacts with a dry cloth and put it back. If it does not answer in another reader either, go to the municipality",
    ),
};

pub(crate) static CARD_APPLICATION: Check = Check {
    id: "card/application",
    what: both(
        "カードに公的個人認証の機能（JPKI）がある",
        "The card has the application of JPKI",
    ),
    fix: both(
        "マイナンバーカードを入れてください。運転免許証、在留カード、交通系カードは使えません",
        "Use a My Number Card; a driving licence, a residence card or a transport card will not do",
    ),
};

pub(crate) static CARD_RESIDENT_REGISTER: Check = Check {
    id: "card/resident-register-card",
    what: both(
        "住民基本台帳カードではない",
        "It is not a Basic Resident Register card (住民基本台帳カード)",
    ),
    fix: both(
        "住民基本台帳カードの電子証明書はすべて終わっています。市区町村の窓口でマイナンバーカードを申請してください",
        "The certificates of Basic Resident Register cards have all ended. Apply for a My Number Card at the municipality",
    ),
};

pub(crate) static CARD_GENERATION: Check = Check {
    id: "card/generation",
    what: both(
        "カードと認証局の世代が終わりに近くない",
        "Neither the card's nor its authority's generation is near its end",
    ),
    fix: both(
        "期限までに、市区町村の窓口で新しい電子証明書かカードを申請してください",
        "Apply for a new certificate or card at the municipality before that day",
    ),
};

pub(crate) static CARD_PIN_LOCKED_AUTHENTICATION: Check = Check {
    id: "card/pin-locked-authentication",
    what: both(
        "利用者証明用の暗証番号がロックされていない",
        "The authentication PIN is not locked",
    ),
    fix: both(
        "市区町村の窓口で初期化してもらってください。カードと本人確認書類が要ります。ソフトウェアやコンビニではほとんどの場合できません",
        "Have it reset at the municipality, with the card and an identity document; no software can do it",
    ),
};

pub(crate) static CARD_PIN_LOCKED_SIGNATURE: Check = Check {
    id: "card/pin-locked-signature",
    what: both(
        "署名用のパスワードがロックされていない",
        "The signature password is not locked",
    ),
    fix: both(
        "市区町村の窓口で初期化してもらうか、利用者証明用の暗証番号を覚えていれば、スマートフォンのアプリで予約してコンビニで初期化できます",
        "Have it reset at the municipality; who still knows the authentication PIN can do it in a convenience store after reserving with the telephone app",
    ),
};

pub(crate) static CARD_FEW_TRIES: Check = Check {
    id: "card/few-tries",
    what: both(
        "暗証番号とパスワードの残り回数が十分ある",
        "PIN and password have tries to spare",
    ),
    fix: both(
        "確かなときだけ入力してください。正しく入力すると回数は元に戻ります",
        "Enter it only when you are sure; the right one gives all tries back",
    ),
};

pub(crate) static CARD_CERTIFICATE_AUTHENTICATION: Check = Check {
    id: "card/certificate-authentication",
    what: both(
        "利用者証明用電子証明書がある",
        "There is an authentication certificate",
    ),
    fix: both(
        "市区町村の窓口で発行を申請してください",
        "Apply for it at the municipality",
    ),
};

pub(crate) static CARD_CERTIFICATE_SIGNATURE: Check = Check {
    id: "card/certificate-signature",
    what: both("署名用電子証明書がある", "There is a signature certificate"),
    fix: both(
        "電子署名をするには、市区町村の窓口で発行を申請してください。15歳未満の人には原則として発行されません",
        "To sign, apply for it at the municipality; as a rule nobody under 15 is given one",
    ),
};
