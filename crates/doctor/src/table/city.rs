//! Checks of a city, for who runs it.

use super::both;
use crate::Check;

pub(crate) static CITY_KEYS: Check = Check {
    id: "city/keys",
    what: both(
        "市の認証局の鍵に後継があり、1年のうちに替わる予定がない",
        "The keys of the city's authority have their successors, and none changes within a year",
    ),
    fix: both(
        "更新に失敗していれば、認証局のログにわけがあります。直せば1時間のうちに試し直されます。鍵が替わったあとは、認証局の証明書をファイルで信頼しているところで取り直してください: `curl -O {url}/ca/all.pem`",
        "When a renewal failed, the authority's log says why; once that is mended, it is tried again within an hour. After a change of keys, those who trust the authority in a file fetch its certificates anew: `curl -O {url}/ca/all.pem`",
    ),
};
