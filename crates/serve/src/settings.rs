//! What can be set, for each role: the one table that files are checked by, and that examples and the reference are written from.

use shirushi_roles::Role;

/// Something that can be set in a role's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name: the table, a dot, and the key; or the key alone.
    pub name: &'static str,
    /// A value as it would stand in the file.
    pub example: &'static str,
    /// Whether it must be set.
    pub is_needed: bool,
    /// What it is, in Japanese.
    pub ja: &'static str,
    /// What it is, in English.
    pub en: &'static str,
}

const fn needed(
    name: &'static str,
    example: &'static str,
    ja: &'static str,
    en: &'static str,
) -> Setting {
    Setting {
        name,
        example,
        is_needed: true,
        ja,
        en,
    }
}

const fn optional(
    name: &'static str,
    example: &'static str,
    ja: &'static str,
    en: &'static str,
) -> Setting {
    Setting {
        is_needed: false,
        ..needed(name, example, ja, en)
    }
}

const FOLDER: Setting = needed(
    "folder",
    "\"/var/lib/shirushi/ROLE\"",
    "このロールだけが読み書きするフォルダ。自分の鍵と、データベースのチェックポイントを置く",
    "A folder that this role alone reads and writes: its own keys, and the checkpoint beside its database",
);
const DATABASE: Setting = optional(
    "database",
    "\"sqlite:///var/lib/shirushi/ROLE/ROLE.db\"",
    "データベースのURL。sqlite:// または postgres://（二つ目のプロセスがどうなるかは docs/operating.ja.md）［既定: フォルダの中の SQLite］",
    "The database's URL, sqlite:// or postgres:// (docs/operating.md says what a second process does) [default: SQLite in the folder]",
);
const IDENTITY: Setting = needed(
    "identity",
    "\"/etc/shirushi/identity-ROLE\"",
    "shirushi role new が作ったフォルダ。他のロールはこれでこのロールを知る",
    "The folder that shirushi role new made: what the other roles know this one by",
);
const ROLES_LISTEN: Setting = needed(
    "roles.listen",
    "\"127.0.0.1:8441\"",
    "他のロールを待ち受けるアドレス（相互TLS）",
    "Where other roles are listened for (mutual TLS)",
);
const PUBLIC_LISTEN: Setting = needed(
    "public.listen",
    "\"127.0.0.1:8080\"",
    "誰でも届くアドレス。証明書がなければループバックだけ",
    "Where everybody is listened for; without a certificate on loopback alone",
);
const PUBLIC_CERTIFICATE: Setting = optional(
    "public.certificate",
    "\"/etc/shirushi/tls/chain.pem\"",
    "public.listen のTLS証明書チェーン（PEM）",
    "The TLS certificate chain of public.listen (PEM)",
);
const PUBLIC_KEY: Setting = optional(
    "public.key",
    "\"/etc/shirushi/tls/key.pem\"",
    "その鍵（PEM）",
    "Its key (PEM)",
);
const HOST: Setting = optional(
    "public.host",
    "\"api.city.example\"",
    "プログラムから見た名前とポート［既定: public.listen］",
    "The name and port by which programs call it [default: public.listen]",
);
const ORIGIN: Setting = needed(
    "public.origin",
    "\"https://ROLE.city.example\"",
    "ブラウザーから見た画面のアドレス",
    "Where browsers find its pages",
);
const AGENT: Setting = optional(
    "agent",
    "\"http://127.0.0.1:24780\"",
    "利用者の機械の利用者クライアントのアドレス［既定: 左の値］",
    "The agent on the visitor's own machine [default: as shown]",
);
const REGISTER: Setting = needed(
    "peers.register",
    "\"https://10.0.0.1:8441\"",
    "住民基本台帳の roles.listen",
    "The register's roles.listen",
);
const AUTHORITY: Setting = needed(
    "peers.authority",
    "\"https://10.0.0.2:8441\"",
    "認証局の roles.listen",
    "The authority's roles.listen",
);
const RESPONDER: Setting = needed(
    "peers.responder",
    "\"https://10.0.0.3:8441\"",
    "失効情報の提供（responder）の roles.listen",
    "The responder's roles.listen",
);
const COUNTER: Setting = needed(
    "peers.counter",
    "\"https://10.0.0.4:8441\"",
    "窓口の roles.listen",
    "The counter's roles.listen",
);
const AGENCY: Setting = needed(
    "peers.agency",
    "\"https://10.0.0.6:8441\"",
    "行政機関の roles.listen",
    "The agency's roles.listen",
);
const STATUS: Setting = needed(
    "trust.status",
    "\"http://ocsp.city.example\"",
    "失効情報を尋ねるアドレス（responder の public.listen）",
    "Where statuses are asked for: the responder's public.listen",
);
const ANCHORS: Setting = needed(
    "trust.anchors",
    "\"/etc/shirushi/authorities.pem\"",
    "信頼する認証局の証明書（PEM、すべての世代）。変わると読み直す",
    "The certificates of the authorities that are trusted (PEM, every generation); read again when it changes",
);

const MUNICIPALITIES: Setting = optional(
    "municipalities",
    "\"/etc/shirushi/municipalities.csv\"",
    "市区町村の表（CSV: code,prefecture,locality,prefecture_ja,name_ja）。台帳、認証局、窓口で同じものを使う［既定: 練習用の三つ］",
    "The municipalities (CSV: code,prefecture,locality,prefecture_ja,name_ja), the same for register, authority and counter [default: the sandbox's three]",
);

const REGISTER_SETTINGS: &[Setting] = &[
    FOLDER,
    DATABASE,
    IDENTITY,
    MUNICIPALITIES,
    ROLES_LISTEN,
    PUBLIC_LISTEN,
    PUBLIC_CERTIFICATE,
    PUBLIC_KEY,
    HOST,
    AUTHORITY,
    needed(
        "trust.log",
        "\"/etc/shirushi/authority-log.pub\"",
        "認証局の記録の公開鍵（認証局のフォルダの log.pub）",
        "The public key of the authority's log (log.pub in its folder)",
    ),
];

const AUTHORITY_SETTINGS: &[Setting] = &[
    FOLDER,
    DATABASE,
    IDENTITY,
    MUNICIPALITIES,
    ROLES_LISTEN,
    PUBLIC_LISTEN,
    PUBLIC_CERTIFICATE,
    PUBLIC_KEY,
    HOST,
    needed(
        "address",
        "\"http://ocsp.city.example\"",
        "証明書に書かれる、失効情報のアドレス。あとから変えられない",
        "What stands in the certificates as the address of statuses; it cannot be changed later",
    ),
    RESPONDER,
    COUNTER,
    needed(
        "trust.register",
        "\"/etc/shirushi/register.pub\"",
        "台帳の公開鍵（台帳のフォルダの register.pub）",
        "The register's public key (register.pub in its folder)",
    ),
    optional(
        "witness",
        "\"/mnt/elsewhere/shirushi\"",
        "記録のチェックポイントの控えも置く、別のディスクのフォルダ",
        "A folder on another disk that also keeps the log's checkpoint",
    ),
];

const RESPONDER_SETTINGS: &[Setting] = &[
    FOLDER,
    DATABASE,
    IDENTITY,
    ROLES_LISTEN,
    needed(
        "public.listen",
        "\"0.0.0.0:80\"",
        "誰でも届くアドレス。署名された公開データだけなので、TLSなしでどこからでもよい（RFC 6960 付録A、RFC 5280 8）",
        "Where everybody is listened for: public, signed data alone, and so without TLS from anywhere (RFC 6960 appendix A, RFC 5280 §8)",
    ),
    AUTHORITY,
];

const COUNTER_SETTINGS: &[Setting] = &[
    FOLDER,
    DATABASE,
    IDENTITY,
    MUNICIPALITIES,
    ROLES_LISTEN,
    PUBLIC_LISTEN,
    PUBLIC_CERTIFICATE,
    PUBLIC_KEY,
    HOST,
    ORIGIN,
    AGENT,
    REGISTER,
    AUTHORITY,
];

const PORTAL_SETTINGS: &[Setting] = &[
    FOLDER,
    DATABASE,
    IDENTITY,
    PUBLIC_LISTEN,
    PUBLIC_CERTIFICATE,
    PUBLIC_KEY,
    HOST,
    ORIGIN,
    AGENT,
    AUTHORITY,
    AGENCY,
    optional(
        "counter",
        "\"https://counter.city.example\"",
        "窓口の案内に使う窓口の画面のアドレス［既定: 案内しない］",
        "The counter's pages, to which citizens are shown the way [default: they are not]",
    ),
    STATUS,
    ANCHORS,
];

const AGENCY_SETTINGS: &[Setting] = &[
    FOLDER,
    DATABASE,
    IDENTITY,
    ROLES_LISTEN,
    PUBLIC_LISTEN,
    PUBLIC_CERTIFICATE,
    PUBLIC_KEY,
    HOST,
    ORIGIN,
    STATUS,
    ANCHORS,
];

const DESK_SETTINGS: &[Setting] = &[
    FOLDER,
    IDENTITY,
    needed(
        "master",
        "\"/etc/shirushi/master.key\"",
        "カードの鍵のもとになる認証局の鍵（keys/master.key の写し）。カード工場が使う",
        "What cards' keys are diversified from (a copy of the authority's keys/master.key), for the card factory",
    ),
    needed(
        "clock",
        "\"/run/shirushi/clock\"",
        "すべてのロールが libfaketime で読むファイル（FAKETIME_TIMESTAMP_FILE）",
        "The file that all roles read through libfaketime (FAKETIME_TIMESTAMP_FILE)",
    ),
    needed(
        "public.listen",
        "\"127.0.0.1:8080\"",
        "待ち受けるループバックアドレス。ここへ届く人は市の何でもできるので、ほかの機械からは届かせない",
        "A loopback address: whoever reaches it can do anything in the city, and so no other machine may",
    ),
    REGISTER,
    AUTHORITY,
    place("places.responder", "\"http://ocsp.city.example\""),
    place("places.counter", "\"https://api.counter.city.example\""),
    place("places.agency", "\"https://api.agency.city.example\""),
];

const fn place(name: &'static str, example: &'static str) -> Setting {
    needed(
        name,
        example,
        "プログラムがそのロールを見つけるアドレス",
        "Where programs find that role",
    )
}

/// What can be set for a role.
#[must_use]
pub fn settings(role: Role) -> &'static [Setting] {
    match role {
        Role::Register => REGISTER_SETTINGS,
        Role::Authority => AUTHORITY_SETTINGS,
        Role::Responder => RESPONDER_SETTINGS,
        Role::Counter => COUNTER_SETTINGS,
        Role::Portal => PORTAL_SETTINGS,
        Role::Agency => AGENCY_SETTINGS,
        Role::Desk => DESK_SETTINGS,
    }
}

/// The roles that can be served by themselves: the six parties, and a sandbox's desk beside them.
pub const SERVED: [Role; 7] = [
    Role::Register,
    Role::Authority,
    Role::Responder,
    Role::Counter,
    Role::Portal,
    Role::Agency,
    Role::Desk,
];
