//! Checks of browsers, the agent and the PKCS#11 module.

use super::both;
use crate::Check;

pub(crate) static BROWSER_SANDBOXED: Check = Check {
    id: "browser/sandboxed",
    what: both(
        "カードのモジュールを読み込めるブラウザーがある",
        "There is a browser that can load the card's module",
    ),
    fix: both(
        "snapとflatpakのブラウザーは、外のモジュールを読み込めません。ディストリビューションのパッケージのものを使ってください: `sudo apt install firefox-esr`または`sudo apt install chromium`。利用者クライアントを使うログインと署名は、そのままでもできます",
        "Browsers from snap and flatpak cannot load modules from outside. Use one from the distribution's packages: `sudo apt install firefox-esr` or `sudo apt install chromium`. Log-ins and signatures through the agent work with them as they are",
    ),
};

pub(crate) static BROWSER_BLOCKS_AGENT: Check = Check {
    id: "browser/blocks-agent",
    what: both(
        "ブラウザーの設定（ポリシー）が利用者クライアントの画面を拒んでいない",
        "No policy of a browser blocks the agent's pages",
    ),
    fix: both(
        "{path}の{policy}から、利用者クライアントのアドレス{address}を外してください。組織が管理しているときは管理者に頼んでください",
        "Take the agent's address {address} out of {policy} in {path}; where an organisation manages it, ask its administrator",
    ),
};

pub(crate) static AGENT_PORT: Check = Check {
    id: "agent/port",
    what: both(
        "利用者クライアントのポートをほかのプログラムが使っていない",
        "No other program has taken the agent's port",
    ),
    fix: both(
        "{address}を使っているプログラムを調べて（`ss -ltnp`）、終えてください",
        "See what listens at {address} (`ss -ltnp`) and end it",
    ),
};

pub(crate) static MODULE_FILE: Check = Check {
    id: "module/file",
    what: both(
        "登録されたPKCS#11モジュールのファイルがある",
        "The PKCS#11 module that is registered is there",
    ),
    fix: both(
        "パッケージを入れ直す（`sudo apt install --reinstall shirushi-client`）か、{path}の登録を消してください",
        "Install the package again (`sudo apt install --reinstall shirushi-client`), or take it out of {path}",
    ),
};

pub(crate) static MODULE_TWICE: Check = Check {
    id: "module/twice",
    what: both(
        "PKCS#11モジュールが二重に登録されていない",
        "The PKCS#11 module is not registered twice",
    ),
    fix: both(
        "一つを残して登録を消してください。そのためのコマンド: `{command}`",
        "Leave one and delete the other. This deletes it: `{command}`",
    ),
};

pub(crate) static MODULE_OPENSC: Check = Check {
    id: "module/opensc",
    what: both(
        "同じカードを扱うOpenSCのモジュールが並んで登録されていない",
        "OpenSC's module, which takes the same card, is not registered beside ours",
    ),
    fix: both(
        "どちらか一つにしてください。両方が暗証番号を求め、OpenSCは署名用パスワードも求めます。OpenSCを外すコマンド: `{command}`",
        "Use one of them: both ask for PINs, and OpenSC's for the signature password too. This takes OpenSC's out: `{command}`",
    ),
};
