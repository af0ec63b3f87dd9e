//! nginx, haproxy and OpenSSL with the city's revocation lists, as docs/operating.md has them: its script fetches the lists, and its
//! configurations stand here as they stand there, but for addresses and folders.
//!
//! * Each wants a list for each certificate of the path: the complete list is enough, and so are the municipality's and that of
//!   authorities; with either of these alone nobody is let in.
//! * Who is revoked is refused, with the next lists.
//! * A holder of another municipality is not decided by these.

use crate::{
    city::City,
    desk::Desk,
    engine::log_in,
    modules::Module,
    said::{Said, ended},
    site::certify,
};
use serde_json::json;
use shirushi_lab::{program, wait_for};
use std::process::{Child, Command, Stdio};

const GUIDES: [&str; 2] = [
    include_str!("../../../../docs/operating.md"),
    include_str!("../../../../docs/operating.ja.md"),
];

const COMPLETE: &str = "auth/complete";
const TOWN: &str = "auth/13998";
const AUTHORITIES: &str = "auth/authorities";

#[derive(Clone, Copy, Debug)]
enum Outcome {
    LetIn,
    /// No list says anything of one of the certificates.
    Undecided,
    Revoked,
}

#[test]
fn sites_let_in_who_is_not_revoked_by_the_lists_of_the_guide() {
    let own = City::found();
    let desk = Desk::new();
    std::fs::copy(own.card(), desk.path("taro.card")).unwrap();
    let _card = desk.insert(&[]);
    let module = Module::ours();
    certify(&desk);
    let both =
        ["site.pem", "site.key"].map(|name| std::fs::read_to_string(desk.path(name)).unwrap());
    desk.write("site-and-key.pem", both.concat());
    trust(&desk, &own);
    let visits = |lists: &str, expected| {
        fetch(&desk, &own, lists);
        let visit = Visit {
            desk: &desk,
            own: &own,
            module: &module,
            lists,
            expected,
        };
        visit.openssl();
        visit.nginx();
        visit.haproxy();
    };
    visits(COMPLETE, Outcome::LetIn);
    visits(&format!("{TOWN} {AUTHORITIES}"), Outcome::LetIn);
    visits(TOWN, Outcome::Undecided);
    visits(AUTHORITIES, Outcome::Undecided);
    visits(&format!("auth/14998 {AUTHORITIES}"), Outcome::Undecided);

    let ended = json!({ "resident_code": "90000000014", "kinds": ["authentication"], "reason": "key-compromise" });
    own.officer
        .post("/counter/revocations", &ended)
        .success();
    until_listed(&desk, &own);
    visits(COMPLETE, Outcome::Revoked);
    visits(&format!("{TOWN} {AUTHORITIES}"), Outcome::Revoked);
}

#[test]
fn both_guides_have_the_same_to_copy() {
    for language in ["sh", "nginx", "haproxy"] {
        let [english, japanese] = GUIDES.map(|guide| blocks(guide, language));
        assert!(!english.is_empty(), "{language}");
        assert_eq!(english, japanese, "{language}");
    }
}

/// A visit by the holder of the card, and what must come of it.
struct Visit<'a> {
    desk: &'a Desk,
    own: &'a City,
    module: &'a Module,
    lists: &'a str,
    expected: Outcome,
}

impl Visit<'_> {
    fn openssl(&self) {
        let order = block("sh", "openssl verify").replace(
            "holder.pem",
            &self
                .own
                .pem("auth")
                .display()
                .to_string(),
        );
        let said = run(self.desk, &order);
        let why = match self.expected {
            Outcome::LetIn => {
                assert!(said.good().ends_with(": OK\n"), "{said:?}");
                // Not with these lists tomorrow.
                let over = order.replace("verify", "verify -attime $(($(date +%s) + 25 * 3600))");
                run(self.desk, &over).bad(2, "CRL has expired");
                return;
            }
            Outcome::Undecided => "different CRL scope",
            Outcome::Revoked => "certificate revoked",
        };
        said.bad(2, why);
    }

    fn nginx(&self) {
        let folder = self.desk.lab.folder().display();
        let server = in_desk(self.desk, &block("nginx", "ssl_crl"))
            .replace("listen 443 ssl", "listen 127.0.0.1:8444 ssl");
        let configuration = format!(
            "daemon off; master_process off; user root root; pid {folder}/nginx.pid; error_log {folder}/nginx.log info;
             events {{ worker_connections 64; }}
             http {{
               log_format why '$ssl_client_verify'; access_log {folder}/why.log why;
               client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
               uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
               {server}
             }}"
        );
        self.desk
            .write("lists.conf", configuration);
        self.desk.write("why.log", "");
        self.desk.write("index.html", "let in");
        let mut command = self.desk.command(program("nginx"));
        command
            .args(["-e", "nginx.log", "-p"])
            .arg(self.desk.lab.folder())
            .arg("-c")
            .arg(self.desk.path("lists.conf"));
        let server = Server::start(self.desk, command, 8444);
        let said = self.visit(8444, &[]);
        drop(server);
        let why = std::fs::read_to_string(self.desk.path("why.log")).unwrap();
        let refusal = match self.expected {
            Outcome::LetIn => {
                assert!(said.answer.contains("let in"), "{}: {said:?}", self.lists);
                assert_eq!(why, "SUCCESS\n");
                let print = fingerprint(self.desk, self.own);
                assert!(
                    said.answer
                        .contains(&format!("X-Certificate: {print}")),
                    "{said:?}"
                );
                return;
            }
            Outcome::Undecided => "unable to get certificate CRL",
            Outcome::Revoked => "certificate revoked",
        };
        assert!(
            said.answer
                .contains("400 The SSL certificate error"),
            "{}: {said:?}",
            self.lists
        );
        assert_eq!(why, format!("FAILED:{refusal}\n"), "{}", self.lists);
    }

    fn haproxy(&self) {
        let configuration = in_desk(self.desk, &block("haproxy", "crl-file"))
            .replace("bind :443 ssl", "bind 127.0.0.1:8445 ssl");
        self.desk
            .write("haproxy.cfg", configuration);
        let mut command = self.desk.command(program("haproxy"));
        command
            .arg("-db")
            .arg("-f")
            .arg(self.desk.path("haproxy.cfg"));
        let server = Server::start(self.desk, command, 8445);
        let said = self.visit(8445, &["-client_sigalgs", "RSA+SHA256"]);
        drop(server);
        let alert = match self.expected {
            Outcome::LetIn => {
                assert!(said.answer.contains("let in"), "{}: {said:?}", self.lists);
                return;
            }
            Outcome::Undecided => "alert certificate unknown",
            Outcome::Revoked => "alert certificate revoked",
        };
        assert_eq!(said.answer, "", "{}", self.lists);
        said.bad(1, alert);
    }

    fn visit(&self, port: u16, options: &[&str]) -> Said {
        log_in(self.desk, self.module, &self.own.pem("auth"), port, options)
    }
}

/// A server in the lab, until it is dropped.
struct Server(Child);

impl Server {
    /// Starts it, and waits until it listens.
    fn start(desk: &Desk, mut command: Command, port: u16) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self(child);
        wait_for("the server", || {
            assert!(matches!(server.0.try_wait(), Ok(None)), "{command:?} ended");
            let probe = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
            ended(
                desk.command("bash")
                    .args(["-c", &probe]),
                "",
            )
            .code
                == Some(0)
        });
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The holder's certificate's SHA-1 as nginx writes it.
fn fingerprint(desk: &Desk, own: &City) -> String {
    let file = own.pem("auth").display().to_string();
    let said = desk.run(
        "openssl",
        &["x509", "-in", &file, "-noout", "-fingerprint", "-sha1"],
    );
    let (_, print) = said.good().split_once('=').unwrap();
    print
        .trim()
        .replace(':', "")
        .to_lowercase()
}

/// Takes the authority's certificate as the guide does.
fn trust(desk: &Desk, own: &City) {
    let said = aside(desk, own, &block("sh", "/ca/auth-1.cer"));
    assert!(
        said.good()
            .contains("sha256 Fingerprint="),
        "{said:?}"
    );
}

/// Fetches these lists as the guide does.
fn fetch(desk: &Desk, own: &City, lists: &str) {
    let script = block("sh", "Fetches the lists");
    let wanted = script.replace("lists=\"auth/complete\"", &format!("lists=\"{lists}\""));
    assert!(lists == COMPLETE || wanted != script);
    aside(desk, own, &wanted).good();
    let fetched = std::fs::read_to_string(desk.path("lists.pem")).unwrap();
    assert_eq!(
        fetched
            .matches("BEGIN X509 CRL")
            .count(),
        lists.split(' ').count()
    );
}

/// Waits until the lists tell of a revocation: they are made right after it, which does not wait for them.
fn until_listed(desk: &Desk, own: &City) {
    for list in [COMPLETE, TOWN] {
        wait_for("the next list", || {
            fetch(desk, own, list);
            let said = desk.run("openssl", &["crl", "-in", "lists.pem", "-noout", "-text"]);
            said.good().contains("Serial Number: ")
        });
    }
}

/// Runs a part of the guide where the city can be reached, which is outside the lab.
fn aside(desk: &Desk, own: &City, script: &str) -> Said {
    let script = in_desk(desk, script)
        .replace("http://127.0.0.1:8080", &own.base)
        .replace("systemctl reload nginx haproxy", "true");
    ended(Command::new("sh").args(["-c", &script]), "")
}

/// Runs a part of the guide in the lab.
fn run(desk: &Desk, script: &str) -> Said {
    let script = in_desk(desk, script);
    ended(desk.command("sh").args(["-c", &script]), "")
}

/// A part of the guide with the desk's folder for those of the guide.
fn in_desk(desk: &Desk, text: &str) -> String {
    let folder = desk.lab.folder().display().to_string();
    ["/etc/shirushi-lists", "/etc/ssl", "/var/www/html"]
        .iter()
        .fold(text.to_owned(), |text, there| text.replace(there, &folder))
}

/// The block of the English guide in this language that says this.
fn block(language: &str, said: &str) -> String {
    let mut found = blocks(GUIDES[0], language);
    found.retain(|block| block.contains(said));
    assert_eq!(found.len(), 1, "{language}: {said}");
    found.remove(0)
}

/// What stands between fences of this language.
fn blocks(guide: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    guide
        .split(&fence)
        .skip(1)
        .map(|rest| {
            rest.split("```")
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}
