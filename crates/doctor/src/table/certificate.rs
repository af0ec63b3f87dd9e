//! Checks of the certificates.

use super::both;
use crate::Check;

pub(crate) static CERTIFICATE_EXPIRED: Check = Check {
    id: "certificate/expired",
    what: both(
        "電子証明書の有効期限が過ぎていない",
        "The certificate has not expired",
    ),
    fix: both(
        "市区町村の窓口で新しい電子証明書を申請してください",
        "Apply for a new certificate at the municipality",
    ),
};

pub(crate) static CERTIFICATE_NOT_YET_VALID: Check = Check {
    id: "certificate/not-yet-valid",
    what: both(
        "電子証明書の有効期間が始まっている",
        "The certificate's validity has begun",
    ),
    fix: both(
        "この計算機の時計を合わせてください: `timedatectl set-ntp true`。時計を進めた練習用の市が発行したものなら、市を動かして（`shirushi up`）、もう一度実行してください",
        "Set this machine's clock: `timedatectl set-ntp true`. If a sandbox city has issued it whose clock was moved ahead, start the city (`shirushi up`) and run this again",
    ),
};

pub(crate) static CERTIFICATE_EXPIRING: Check = Check {
    id: "certificate/expiring",
    what: both(
        "電子証明書の期限まで3か月以上ある",
        "The certificate has three months left",
    ),
    fix: both(
        "更新できる期間です。{until}までに市区町村の窓口で更新してください",
        "It can be renewed now: do so at the municipality before {until}",
    ),
};

pub(crate) static CERTIFICATE_ANCHOR: Check = Check {
    id: "certificate/anchor",
    what: both(
        "電子証明書を発行した認証局を、この計算機が信頼している",
        "This machine trusts the authority that issued the certificate",
    ),
    fix: both(
        "認証局の証明書を公式の場所から取り、公表されたハッシュ値と比べてから、`--trust FILE`で示すか{path}に置いてください",
        "Fetch the authority's certificate from its official place, compare it with the published hash, and name it with `--trust FILE` or put it into {path}",
    ),
};

pub(crate) static CERTIFICATE_REVOKED: Check = Check {
    id: "certificate/revoked",
    what: both(
        "電子証明書が失効していない",
        "The certificate is not revoked",
    ),
    fix: both(
        "市区町村の窓口で新しい電子証明書を申請してください。引っ越しや氏名の変更のあとは、署名用の証明書が失効します",
        "Apply for a new certificate at the municipality. Moving or a change of name revokes the signature certificate",
    ),
};

pub(crate) static CERTIFICATE_ON_HOLD: Check = Check {
    id: "certificate/on-hold",
    what: both(
        "電子証明書が一時停止されていない",
        "The certificate is not on hold",
    ),
    fix: both(
        "カードが見つかったら、市区町村の窓口で一時停止の解除を届け出てください。停止の届け出はコールセンター（0120-95-0178）が受け付けます",
        "When the card has been found, have the hold lifted at the municipality. Holds are reported to the call centre (0120-95-0178)",
    ),
};
