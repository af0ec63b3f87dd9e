//! Two machines in one: a city with public addresses, and a home with the browser and the agent.
//!
//! A browser treats a site at a public address as a stranger to what listens on loopback; a site at 127.0.0.1 it does not. So the
//! test runs itself once more in namespaces of the system: a network with one cable to the city's, a process tree that ends as one,
//! and `/etc/hosts` of its own. Nothing of it is seen by this machine, and nothing is left. Root is not needed: without it, a
//! user namespace is made too.

use crate::{browser::TURN, http, tools};
use std::{
    future::Future,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The city's sites, in TEST-NET-3 (RFC 5737): public for a browser, nobody's for the world.
pub(crate) const CITY: &str = "203.0.113.10";
/// A server of strangers there.
pub(crate) const STRANGERS: &str = "203.0.113.66";
const HOME: &str = "203.0.113.20";

/// Longest wait for a program to be there.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells `story` in the two machines. `name` is the full name of the test that calls this.
pub(crate) fn apart<F, T>(name: &str, story: F)
where
    F: FnOnce(World) -> T,
    T: Future<Output = ()>,
{
    if tools::is_apart() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(async { story(World::build()).await });
    }
    let _turn = TURN.blocking_lock();
    tools::run_apart(name);
}

/// The two machines. This process is at home.
#[derive(Debug)]
pub(crate) struct World {
    folder: TempDir,
    /// Keeps the city's network.
    city: Child,
    servers: Vec<Child>,
}

impl World {
    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let city = tools::network();
        let world = Self {
            folder,
            city,
            servers: Vec::new(),
        };
        let pid = world.city.id().to_string();
        let ip = tools::program("ip");
        let ip = ip.to_str().unwrap();
        run(Command::new(ip).args(["link", "set", "lo", "up"]));
        run(Command::new(ip).args([
            "link", "add", "home0", "type", "veth", "peer", "name", "city0", "netns", &pid,
        ]));
        run(Command::new(ip).args(["address", "add", &format!("{HOME}/24"), "dev", "home0"]));
        run(Command::new(ip).args(["link", "set", "home0", "up"]));
        run(world
            .in_city(ip)
            .args(["link", "set", "lo", "up"]));
        for address in [CITY, STRANGERS] {
            run(world.in_city(ip).args([
                "address",
                "add",
                &format!("{address}/24"),
                "dev",
                "city0",
            ]));
        }
        run(world
            .in_city(ip)
            .args(["link", "set", "city0", "up"]));
        world.make_authority();
        world
    }

    /// A folder for what the story keeps.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// A command that runs in the city.
    pub(crate) fn in_city(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(tools::program("nsenter"));
        command
            .args(["--target", &self.city.id().to_string(), "--net", "--"])
            .arg(program.as_ref());
        command
    }

    /// Says at which addresses names are, at home.
    pub(crate) fn name(&self, names: &[(&str, &str)]) {
        let mut hosts = String::from("127.0.0.1 localhost\n");
        for (name, address) in names {
            hosts.push_str(&format!("{address} {name}\n"));
        }
        let path = self.path("hosts");
        let is_new = !path.exists();
        // Written in place: the file that is bound below stays the same.
        std::fs::write(&path, hosts).unwrap();
        if is_new {
            run(Command::new("mount").args(["--bind", path.to_str().unwrap(), "/etc/hosts"]));
        }
    }

    /// Starts nginx in the city with these servers, and waits until it listens.
    pub(crate) fn serve(&mut self, servers: &[Server]) {
        let names: Vec<&str> = servers
            .iter()
            .map(|server| server.host.as_str())
            .collect();
        self.certify(&names);
        let blocks: String = servers
            .iter()
            .map(|server| server.block(self.folder.path()))
            .collect();
        let folder = self.folder.path().display();
        let configuration = format!(
            "daemon off; master_process off; user root root; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
             events {{ worker_connections 256; }}
             http {{
               access_log off; default_type text/html; charset utf-8;
               client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
               uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; client_max_body_size 64m;
               ssl_certificate {folder}/sites.pem; ssl_certificate_key {folder}/sites.key;
               {blocks}
             }}"
        );
        let path = self.path("nginx.conf");
        std::fs::write(&path, configuration).unwrap();
        let nginx = self
            .in_city(tools::program("nginx"))
            .args(["-e", &format!("{folder}/nginx.log"), "-p"])
            .arg(self.folder.path())
            .arg("-c")
            .arg(&path)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        self.servers.push(nginx);
        wait_for("nginx", || {
            std::net::TcpStream::connect((servers[0].address, 443)).is_ok()
        });
    }

    /// The authority that the sites' certificates come from.
    pub(crate) fn authority(&self) -> std::path::PathBuf {
        self.path("authority.pem")
    }

    /// The flag by which the browser takes the sites' key for good.
    pub(crate) fn trust(&self) -> String {
        openssl(
            &self.folder,
            "pkey -in sites.key -pubout -outform DER -out sites.spki",
        );
        openssl(
            &self.folder,
            "dgst -sha256 -binary -out sites.hash sites.spki",
        );
        use base64ct::Encoding as _;
        let hash =
            base64ct::Base64::encode_string(&std::fs::read(self.path("sites.hash")).unwrap());
        format!("--ignore-certificate-errors-spki-list={hash}")
    }

    fn make_authority(&self) {
        openssl(
            &self.folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout authority.key -out authority.pem -days 30 \
             -subj /CN=test-authority -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign",
        );
        openssl(
            &self.folder,
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out sites.key",
        );
    }

    fn certify(&self, names: &[&str]) {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("DNS:{name}"))
            .collect();
        std::fs::write(
            self.path("sites.cnf"),
            format!(
                "subjectAltName={}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n",
                names.join(",")
            ),
        )
        .unwrap();
        openssl(
            &self.folder,
            "req -new -key sites.key -subj /CN=sites -out sites.csr",
        );
        openssl(
            &self.folder,
            "x509 -req -in sites.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 20 -extfile sites.cnf \
             -out sites.pem",
        );
    }
}

/// A host of the city's nginx.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) address: &'static str,
    pub(crate) does: Does,
}

/// What a host does.
#[derive(Debug)]
pub(crate) enum Does {
    /// Passes everything on to this port of the city's loopback, with the host as it was asked for.
    PassOn(u16),
    /// Serves the files of a folder below the world's, and these directives.
    Files(String, String),
}

impl Server {
    fn block(&self, folder: &Path) -> String {
        let Self {
            host,
            address,
            does,
        } = self;
        let folder = folder.display();
        let does = match does {
            Does::PassOn(port) => format!(
                "location / {{ proxy_pass http://127.0.0.1:{port}; proxy_set_header Host $http_host; proxy_http_version 1.1; }}"
            ),
            Does::Files(below, directives) => format!("root {folder}/{below}; {directives}"),
        };
        // Strangers may come without TLS.
        let plain = if *address == STRANGERS {
            format!("listen {address}:80;")
        } else {
            String::new()
        };
        format!("server {{ {plain} listen {address}:443 ssl; server_name {host}; {does} }}\n")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self
            .servers
            .iter_mut()
            .chain([&mut self.city])
        {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for something that is not on a page.
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn openssl(folder: &TempDir, arguments: &str) {
    run(Command::new(tools::program("openssl"))
        .current_dir(folder)
        .args(arguments.split_whitespace()));
}

#[test]
fn a_site_is_a_stranger_to_loopback_and_leads_there_all_the_same() {
    apart(
        "apart::a_site_is_a_stranger_to_loopback_and_leads_there_all_the_same",
        async |mut world| {
            let (asked, agent) = listener().await;
            world.name(&[("portal.city.example", CITY), ("evil.example", STRANGERS)]);
            std::fs::create_dir(world.path("portal")).unwrap();
            std::fs::write(
                world.path("portal/index.html"),
                format!(
                    "<!doctype html><title>p</title><a href='{agent}/navigated'>to the agent</a>"
                ),
            )
            .unwrap();
            world.serve(&[Server {
                host: "portal.city.example".to_owned(),
                address: CITY,
                does: Does::Files("portal".to_owned(), String::new()),
            }]);
            // The city's loopback is not the home's.
            let port = agent
                .rsplit_once(':')
                .unwrap()
                .1
                .to_owned();
            let probe = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
            assert!(
                !world
                    .in_city("/bin/bash")
                    .args(["-c", &probe])
                    .output()
                    .unwrap()
                    .status
                    .success()
            );
            assert!(http::get(&agent, "/raw").status == 200);
            let browser = crate::browser::Browser::start_with(&[&world.trust()]).await;
            browser
                .open("https://portal.city.example/")
                .await;
            let fetched = browser
                .driver
                .execute_async(
                    format!(
                        "const done = arguments[0];
                         fetch('{agent}/fetched', {{ mode: 'no-cors' }}).then(() => done('answered'), (e) => done('' + e));"
                    ),
                    vec![],
                )
                .await
                .unwrap();
            assert_ne!(fetched.json(), "answered");
            browser.click("to the agent").await;
            browser.sees("seen /navigated").await;
            let asked = asked.lock().unwrap().clone();
            assert!(asked.contains(&"/navigated".to_owned()), "{asked:?}");
            assert!(!asked.contains(&"/fetched".to_owned()), "{asked:?}");
        },
    );
}

/// Something on loopback that writes down what it is asked for.
async fn listener() -> (std::sync::Arc<std::sync::Mutex<Vec<String>>>, String) {
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&asked);
    let routes = axum::Router::new().fallback(async move |uri: axum::http::Uri| {
        seen.lock()
            .unwrap()
            .push(uri.path().to_owned());
        format!("seen {}", uri.path())
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (asked, origin)
}
