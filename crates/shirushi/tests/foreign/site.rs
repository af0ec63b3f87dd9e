//! A site in the lab that lets in who has a certificate of the city's.

use crate::{city::city, desk::Desk, said::ended};
use shirushi_lab::{program, wait_for};
use std::process::{Child, Command, Stdio};

/// Where it listens, in the lab.
pub(crate) const PORT: u16 = 8443;
/// As nginx names the versions.
pub(crate) const TLS12: &str = "TLSv1.2";
pub(crate) const TLS13: &str = "TLSv1.3";
/// What it says to whom it lets in.
pub(crate) const WELCOME: &str = "ようこそ";

/// nginx, until it is dropped.
pub(crate) struct Site<'a> {
    desk: &'a Desk,
    nginx: Child,
}

impl<'a> Site<'a> {
    /// Opens it for TLS 1.2. Its own certificate is of the authority in `site-ca.pem`.
    pub(crate) fn open(desk: &'a Desk) -> Self {
        Self::speaking(desk, TLS12)
    }

    /// Opens it for one version of TLS, with what nginx does by default in all else.
    pub(crate) fn speaking(desk: &'a Desk, protocol: &str) -> Self {
        certify(desk);
        desk.write(
            "index.html",
            format!("<!doctype html><title>{WELCOME}</title>"),
        );
        let folder = desk.lab.folder().display();
        let authority = city().pem("auth-ca");
        let authority = authority.display();
        let configuration = format!(
            "daemon off; master_process off; user root root; pid {folder}/nginx.pid; error_log {folder}/nginx.log info;
             events {{ worker_connections 64; }}
             http {{
               log_format who '$ssl_protocol $ssl_client_verify $ssl_client_s_dn $request_uri';
               access_log {folder}/access.log who; default_type text/html; charset utf-8;
               client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
               uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
               server {{
                 listen 127.0.0.1:{PORT} ssl; ssl_protocols {protocol}; root {folder};
                 ssl_certificate site.pem; ssl_certificate_key site.key;
                 ssl_verify_client on; ssl_client_certificate {authority};
               }}
             }}"
        );
        desk.write("nginx.conf", configuration);
        desk.write("access.log", "");
        let nginx = desk
            .command(program("nginx"))
            .args(["-e", "nginx.log", "-p"])
            .arg(desk.lab.folder())
            .arg("-c")
            .arg(desk.path("nginx.conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut site = Self { desk, nginx };
        wait_for("nginx", || {
            assert!(matches!(site.nginx.try_wait(), Ok(None)), "nginx ended");
            let probe = format!("exec 3<>/dev/tcp/127.0.0.1/{PORT}");
            ended(
                desk.command("bash")
                    .args(["-c", &probe]),
                "",
            )
            .code
                == Some(0)
        });
        site
    }

    /// Who was let in, and how: protocol, verification, subject and what was asked for, a line each.
    pub(crate) fn visits(&self) -> String {
        std::fs::read_to_string(self.desk.path("access.log")).unwrap()
    }

    /// The line of a visit by the holder of the card, by TLS 1.2.
    pub(crate) fn visit_of_the_holder() -> String {
        Self::visit_by(TLS12)
    }

    /// The same, by another version of TLS.
    pub(crate) fn visit_by(protocol: &str) -> String {
        format!("{protocol} SUCCESS {} /\n", subject())
    }

    /// The common name in the holder's certificate.
    pub(crate) fn name_of_the_holder() -> String {
        let subject = subject();
        let name = subject
            .split(',')
            .find_map(|part| part.strip_prefix("CN="));
        name.unwrap().to_owned()
    }
}

/// The subject of the holder's certificate as nginx writes it (RFC 2253).
fn subject() -> String {
    let mut subject = Command::new("openssl");
    subject
        .args(["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in"])
        .arg(city().pem("auth"));
    let said = ended(&mut subject, "");
    let subject = said
        .good()
        .trim()
        .strip_prefix("subject=");
    subject.unwrap().to_owned()
}

/// Makes `site.pem` and `site.key`, for a site in the lab, and the authority in `site-ca.pem`.
pub(crate) fn certify(desk: &Desk) {
    for arguments in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout site-ca.key -out site-ca.pem -days 30 \
         -subj /CN=site-authority -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout site.key -out site.csr -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext extendedKeyUsage=serverAuth",
        "x509 -req -in site.csr -CA site-ca.pem -CAkey site-ca.key -CAcreateserial -days 20 -copy_extensions copyall \
         -out site.pem",
    ] {
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        desk.run("openssl", &arguments).good();
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}
