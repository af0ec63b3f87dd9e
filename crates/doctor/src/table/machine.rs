//! Checks of PC/SC, the reader, the network and the machine itself.

use super::both;
use crate::Check;

pub(crate) static PCSC_LIBRARY: Check = Check {
    id: "pcsc/library",
    what: both(
        "カードリーダーのライブラリー（PC/SC）を読み込める",
        "The library for card readers (PC/SC) can be loaded",
    ),
    fix: both(
        "ライブラリーを入れてください: `sudo apt install libpcsclite1`",
        "Install the library: `sudo apt install libpcsclite1`",
    ),
};

pub(crate) static PCSC_INSTALLED: Check = Check {
    id: "pcsc/installed",
    what: both(
        "カードリーダーのサービス（pcscd）が入っている",
        "The service for card readers (pcscd) is installed",
    ),
    fix: both(
        "サービスを入れてください: `sudo apt install pcscd`",
        "Install the service: `sudo apt install pcscd`",
    ),
};

pub(crate) static PCSC_RUNNING: Check = Check {
    id: "pcsc/running",
    what: both("pcscdが動いている", "pcscd is running"),
    fix: both(
        "起動してください: `sudo systemctl enable --now pcscd.socket`。動いているのに応答しないときは: `sudo systemctl restart pcscd`",
        "Start it: `sudo systemctl enable --now pcscd.socket`; when it runs and does not answer: `sudo systemctl restart pcscd`",
    ),
};

pub(crate) static PCSC_PERMISSION: Check = Check {
    id: "pcsc/permission",
    what: both("この利用者がpcscdを使ってよい", "This user may use pcscd"),
    fix: both(
        "ソケット{path}を誰でも使えるようにするか（`sudo systemctl restart pcscd.socket`で元の権限に戻ります）、polkitの規則で利用者に許してください。離れた端末からのログインは、polkitが拒むことがあります",
        "Let users reach the socket {path} (`sudo systemctl restart pcscd.socket` gives it its own permissions back), or allow this user by a rule of polkit, which may refuse log-ins from far away",
    ),
};

pub(crate) static PCSC_PROTOCOL: Check = Check {
    id: "pcsc/protocol",
    what: both(
        "ライブラリーとpcscdの通信の版が同じである",
        "Library and pcscd speak the same version of their protocol",
    ),
    fix: both(
        "同じところから両方を入れ直し、pcscdを起動し直してください: `sudo apt install --reinstall libpcsclite1 pcscd && sudo systemctl restart pcscd`。コンテナーやsnapの中では、外のpcscdと版が違うことがあります",
        "Install both from one place and start pcscd anew: `sudo apt install --reinstall libpcsclite1 pcscd && sudo systemctl restart pcscd`. Inside a container or snap the library may be of another version than the pcscd outside",
    ),
};

pub(crate) static READER_KERNEL_DRIVER: Check = Check {
    id: "reader/kernel-driver",
    what: both(
        "カーネルのドライバーがリーダーを使っていない",
        "No driver of the kernel's holds the reader",
    ),
    fix: both(
        "カーネルのドライバーを外し、リーダーをつなぎ直してください: `echo blacklist {driver} | sudo tee /etc/modprobe.d/blacklist-{driver}.conf && sudo modprobe -r {driver}`",
        "Keep the kernel's driver away and plug the reader in anew: `echo blacklist {driver} | sudo tee /etc/modprobe.d/blacklist-{driver}.conf && sudo modprobe -r {driver}`",
    ),
};

pub(crate) static READER_CCID: Check = Check {
    id: "reader/ccid",
    what: both(
        "リーダーがPC/SCで使えるもの（CCID）である",
        "The reader is one that PC/SC can use (CCID)",
    ),
    fix: both(
        "{reader}はLinuxのPC/SCでは使えません。CCIDのリーダー（RC-S300など）を使ってください",
        "{reader} cannot be used by PC/SC on Linux. Take a reader that speaks CCID, such as RC-S300",
    ),
};

pub(crate) static READER_DRIVER: Check = Check {
    id: "reader/driver",
    what: both(
        "pcscdのドライバーがリーダーを知っている",
        "A driver of pcscd's knows the reader",
    ),
    fix: both(
        "ドライバーを入れてください: `sudo apt install {package} && sudo systemctl restart pcscd`。入っているのに知らないリーダーには、新しい版が要ります",
        "Install its driver: `sudo apt install {package} && sudo systemctl restart pcscd`. Where it is installed and does not know the reader, a newer version is needed",
    ),
};

pub(crate) static READER_PRESENT: Check = Check {
    id: "reader/present",
    what: both("カードリーダーがある", "There is a card reader"),
    fix: both(
        "リーダーをつないでください。つないであるときは、`lsusb`に出るか確かめ、ドライバーを入れてください: `sudo apt install libccid`",
        "Plug a reader in. When one is plugged in, see whether `lsusb` shows it and install its driver: `sudo apt install libccid`",
    ),
};

pub(crate) static READER_SINGLE: Check = Check {
    id: "reader/single",
    what: both(
        "どのリーダーを使うかがはっきりしている",
        "It is clear which reader is meant",
    ),
    fix: both(
        "`--reader 名前`で選べます。使わないリーダーは外してください",
        "Choose one with `--reader NAME`, or unplug what is not used",
    ),
};

pub(crate) static READER_FREE: Check = Check {
    id: "reader/free",
    what: both(
        "ほかのプログラムがカードを占有していない",
        "No other program holds the card",
    ),
    fix: both(
        "カードを使っているプログラムを終えてください: {programs}。GnuPGなら: `gpgconf --kill scdaemon`",
        "End the program that uses the card: {programs}. When it is GnuPG: `gpgconf --kill scdaemon`",
    ),
};

pub(crate) static NETWORK_RESPONDER: Check = Check {
    id: "network/responder",
    what: both(
        "失効を答えるサーバー（OCSP）に届く",
        "The server that tells revocations (OCSP) can be reached",
    ),
    fix: both(
        "ネットワークの接続とファイアウォールを確かめてください: `curl -sv {url}`",
        "Look at the connection and the firewall: `curl -sv {url}`",
    ),
};

pub(crate) static NETWORK_PROXY: Check = Check {
    id: "network/proxy",
    what: both("あいだにプロキシーがない", "No proxy is in the way"),
    fix: both(
        "この計算機への通信をプロキシーから外してください: `export no_proxy=localhost,127.0.0.1`。ログイン画面の出る回線では、先にログインしてください",
        "Keep what stays on this machine away from the proxy: `export no_proxy=localhost,127.0.0.1`. Where the network has a log-in page, log in first",
    ),
};

pub(crate) static NETWORK_CLOCK: Check = Check {
    id: "network/clock",
    what: both("時計が合っている", "The clock is right"),
    fix: both(
        "時刻を合わせてください: `sudo timedatectl set-ntp true`",
        "Set the clock: `sudo timedatectl set-ntp true`",
    ),
};

pub(crate) static MACHINE_LOCALE: Check = Check {
    id: "machine/locale",
    what: both(
        "文字コードがUTF-8で、日本語の氏名が読める",
        "Characters are in UTF-8, so that Japanese names can be read",
    ),
    fix: both(
        "UTF-8のロケールにしてください: `export LC_ALL=ja_JP.UTF-8`（なければ`C.UTF-8`）",
        "Use a locale with UTF-8: `export LC_ALL=ja_JP.UTF-8`, or `C.UTF-8` where that is missing",
    ),
};

pub(crate) static MACHINE_MEMORY: Check = Check {
    id: "machine/memory",
    what: both(
        "暗証番号を置くメモリーを、ディスクに書き出されないようにできる",
        "Memory for PINs can be kept from being swapped out",
    ),
    fix: both(
        "上限を上げてください: `ulimit -l 8192`（恒久的には/etc/security/limits.confのmemlock）",
        "Raise the limit: `ulimit -l 8192`, for good in /etc/security/limits.conf (memlock)",
    ),
};

pub(crate) static MACHINE_FOLDER: Check = Check {
    id: "machine/folder",
    what: both(
        "データのフォルダが自分だけのもので、書き込める",
        "The data folder is private and can be written",
    ),
    fix: both(
        "持ち主と権限を直し（`chmod 700 {path}`）、ディスクに空きをつくってください（`df -h {path}`）",
        "Set its owner and mode (`chmod 700 {path}`), and make room on the disk (`df -h {path}`)",
    ),
};
