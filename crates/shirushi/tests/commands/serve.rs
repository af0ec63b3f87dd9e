//! Six roles as six processes, started in the order in which nobody finds whom they ask, with mutual TLS between them:
//!
//! * each says that it is well as soon as those it waits for are there;
//! * residents are imported, officers enrolled and retired over the parties' own doors, by an operator's identity and by no other;
//! * an officer enrols, logs in and looks a resident up: counter → register → authority;
//! * the responder has its keys certified, is given the lists, and says of a stranger's certificate that it does not know it;
//! * whose endpoints are defined tells them at /openapi.json, as docs/api has it;
//! * SIGTERM ends each with 0;
//! * of two authorities on one PostgreSQL one serves, and the other one goes on when that is killed or cut off; a second counter is refused;
//! * a database that came back from a backup is refused, and gone on with where that is accepted;
//! * on machines and with accounts of their own, register and authority on PostgreSQL, each keeps to itself what is its own;
//! * with a desk as the seventh, which uses their own doors alone, and one clock for all, the whole story is told over them, with its refusals.

use crate::{
    http,
    machines::{Machines, apart},
    place::{ENGLISH, JAPANESE},
    six::{PASSWORD, ROLES, Six},
};
use serde_json::{Value, json};
use shirushi_contract::ROLES as ROLES_DEFINED;
use shirushi_test_database::Server;
use std::fs;

const RESIDENTS: &str = include_str!("../../../register/sample/residents.csv");

#[test]
fn six_roles_are_six_processes_that_know_each_other() {
    let mut six = Six::new();
    for role in ROLES {
        let config = format!("{role}.toml");
        six.done(&["serve", role, "--config", &config, "--check"]);
    }
    // The last first: none finds whom it asks.
    for role in [
        "portal",
        "agency",
        "counter",
        "responder",
        "authority",
        "register",
    ] {
        six.start(role);
    }
    for role in ROLES {
        six.until_well(role);
    }
    let csv = six.place.path("residents.csv");
    fs::write(&csv, RESIDENTS).unwrap();
    let import = ["register", "import", csv.to_str().unwrap()];
    let stranger = six.told(&import, "register", "portal.id");
    assert_ne!(stranger.code, 0, "{stranger:?}");
    let imported = six.told(&import, "register", "desk.id");
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(
        imported
            .out
            .contains("\"imported\": 330"),
        "{imported:?}"
    );

    six.enrol(&six.code(), "hanako")
        .success();
    let post = |path: &str, session: &str, body: &Value| {
        let bearer = format!("Bearer {session}");
        let mut headers = vec![("content-type", "application/json")];
        if !session.is_empty() {
            headers.push(("authorization", bearer.as_str()));
        }
        http::ask(
            &six.base("counter"),
            "POST",
            path,
            &headers,
            body.to_string().as_bytes(),
        )
    };
    let log_in = json!({ "name": "hanako", "password": PASSWORD });
    let session = post("/counter/log-in", "", &log_in).success();
    let session = session["session"].as_str().unwrap();
    let resident = http::ask(
        &six.base("counter"),
        "GET",
        "/counter/residents/90000000014?reason=annual%20check",
        &[("authorization", &format!("Bearer {session}"))],
        b"",
    );
    assert!(
        resident.text().contains("90000000014"),
        "{}",
        resident.text()
    );

    let list = http::ask(
        &six.base("responder"),
        "GET",
        "/crl/sign/complete.crl",
        &[],
        b"",
    );
    assert_eq!(list.status, 200, "{}", six.log("responder"));
    let anchors = http::ask(&six.base("responder"), "GET", "/ca/all.pem", &[], b"");
    let known = fs::read_to_string(
        six.place
            .path("authority.d/authorities.pem"),
    )
    .unwrap();
    assert_eq!(anchors.text(), known);
    for role in ROLES_DEFINED {
        let told = http::ask(&six.base(role.name), "GET", "/openapi.json", &[], b"");
        assert_eq!(told.header("content-type"), Some("application/json"));
        assert_eq!(told.text(), role.document);
    }

    let retired = six.told(&["officer", "retire", "hanako"], "authority", "desk.id");
    assert_eq!(retired.code, 0, "{retired:?}");
    six.end();
}

#[test]
fn an_authority_that_stands_by_goes_on_when_the_first_is_killed_and_a_second_counter_is_refused() {
    let server = Server::shared();
    let mut six = Six::new();
    six.put_on(server, "authority");
    six.put_on(server, "counter");
    six.start("authority");
    six.start("counter");
    six.enrol(&six.code(), "hanako")
        .success();
    let code = six.code();

    let mut second = six.spawn("authority", "authority", &[]);
    let waits = six.said("authority", &mut second);
    assert_eq!(waits, json!({ "role": "authority", "standing_by": true }));
    // The first one serves meanwhile.
    six.code();
    six.kill("authority");
    six.announced("authority", &mut second);
    six.running.insert("authority", second);
    // Who is served by it finds it where the first one was, with what that one had done.
    six.enrol(&code, "taro").success();
    let officers = six.told(&["officer", "list"], "authority", "desk.id");
    assert!(
        ["hanako", "taro"].map(|name| officers.out.contains(name)) == [true; 2],
        "{officers:?}"
    );

    for (locale, words) in [
        (ENGLISH, "only one process of it can serve"),
        (JAPANESE, "一つのプロセスでしか動きません"),
    ] {
        six.place
            .run(locale, &["serve", "counter", "--config", "counter.toml"])
            .assert_refused(&[words]);
    }
    // One that stands by ends when it is told to.
    let mut third = six.spawn("authority", "authority", &[]);
    six.said("authority", &mut third);
    assert_eq!(third.end("TERM"), 0);
    six.stop("authority");
    six.stop("counter");
}

#[test]
fn an_authority_that_was_cut_off_ends_when_another_one_has_taken_over() {
    let server = Server::shared();
    let mut six = Six::new();
    six.put_on(server, "authority");
    six.start("authority");
    // At addresses of its own, as on another machine.
    let elsewhere = six
        .config("authority")
        .replace(&six.host("authority"), &six.host("agency"));
    fs::write(six.place.path("elsewhere.toml"), elsewhere).unwrap();
    let mut second = six.spawn("authority", "elsewhere", &[]);
    six.said("elsewhere", &mut second);
    let database = server_name(&six.databases["authority"]);
    server.say(
        "postgres",
        &[&format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}' AND pid IN \
             (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
        )],
    );
    six.announced("agency", &mut second);
    // It looks at its database at intervals.
    let mut first = six.running.remove("authority").unwrap();
    assert_eq!(first.line(), "");
    let log = six.log("authority");
    assert!(log.contains("has taken over the database"), "{log}");
    assert_eq!(second.end("TERM"), 0);
}

#[test]
fn two_responders_and_two_agencies_serve_from_one_database_each() {
    let server = Server::shared();
    let mut six = Six::new();
    six.put_on(server, "responder");
    six.put_on(server, "agency");
    // The second ones stand where portal and register would.
    let places = [("responder", "portal"), ("agency", "register")];
    for role in ["authority", "counter", "responder", "agency"] {
        six.start(role);
    }
    let mut second = Vec::new();
    for (role, place) in places {
        let name = format!("second-{role}");
        let id = format!("{name}.id");
        six.done(&["role", "new", role, &name, "--dir", "roles", "--out", &id]);
        let config = six
            .config(role)
            .replace(
                &format!("listen = \"{}:", six.host(role)),
                &format!("listen = \"{}:", six.host(place)),
            )
            .replace(&format!("\"{role}.d\""), &format!("\"{name}.d\""))
            .replace(&format!("\"{role}.id\""), &format!("\"{id}\""));
        fs::write(six.place.path(&format!("{name}.toml")), config).unwrap();
        let mut running = six.spawn(role, &name, &[]);
        six.announced(place, &mut running);
        second.push(running);
    }
    for (role, place) in places {
        six.until_well(role);
        six.until_well_at(role, &six.base(place));
    }
    // The authority tells one of them of its lists, and both have them.
    let list = |base: &str| http::ask(base, "GET", "/crl/sign/complete.crl", &[], b"");
    let lists = ["responder", "portal"].map(|place| list(&six.base(place)));
    assert_eq!(lists[0].status, 200, "{}", lists[0].text());
    assert!(lists[0].body == lists[1].body);
    for running in second {
        assert_eq!(running.end("TERM"), 0);
    }
    six.until_well("responder");
}

/// The name of a database in its address.
fn server_name(url: &str) -> &str {
    let (address, _) = url.split_once('?').unwrap();
    address.rsplit_once('/').unwrap().1
}

#[test]
fn a_database_that_came_back_from_a_backup_is_gone_on_with_where_that_is_accepted() {
    let mut six = Six::new();
    for role in ROLES {
        six.start(role);
    }
    six.until_well("authority");
    six.until_well("register");
    let copied = ["register", "authority", "responder", "agency"];
    for role in copied {
        six.stop(role);
    }
    for role in copied {
        six.copy(role, "db", "copy");
    }
    for role in copied {
        six.start(role);
    }
    six.until_well("authority");
    let csv = six.place.path("residents.csv");
    fs::write(&csv, RESIDENTS).unwrap();
    let imported = six.told(
        &["register", "import", csv.to_str().unwrap()],
        "register",
        "desk.id",
    );
    assert_eq!(imported.code, 0, "{imported:?}");
    six.enrol(&six.code(), "hanako")
        .success();
    for role in copied {
        six.stop(role);
    }
    for role in copied {
        six.copy(role, "copy", "db");
    }
    for role in copied {
        let config = format!("{role}.toml");
        six.place
            .run(ENGLISH, &["serve", role, "--config", &config])
            .assert_refused(&["--accept-restore"]);
        let mut running = six.spawn(role, role, &["--accept-restore"]);
        six.announced(role, &mut running);
        six.running.insert(role, running);
    }
    for role in ROLES {
        six.until_well(role);
    }
    // It was for once: from now on each is the one that is left.
    for role in copied {
        six.stop(role);
        six.start(role);
    }
    for role in ROLES {
        six.until_well(role);
    }
    six.enrol(&six.code(), "jiro").success();
}

#[test]
fn a_configuration_that_cannot_be_started_with_is_refused_by_what_is_wrong_in_it() {
    let six = Six::new();
    let refused = |role: &str, config: &str, locale| {
        fs::write(six.place.path("wrong.toml"), config).unwrap();
        six.place.run(
            locale,
            &["serve", role, "--config", "wrong.toml", "--check"],
        )
    };
    let right = six.config("register");
    let slip = refused(
        "register",
        &right.replace("authority =", "authorty ="),
        ENGLISH,
    );
    assert_eq!(slip.code, 64, "{slip:?}");
    assert!(
        slip.err
            .contains("did you mean peers.authority?"),
        "{slip:?}"
    );
    let slip = refused("register", &right.replace("folder", "folda"), JAPANESE);
    assert!(
        slip.err
            .contains("folder ではありませんか"),
        "{slip:?}"
    );
    let open = refused(
        "register",
        &right.replace(&format!("{}:8080", six.host("register")), "0.0.0.0:8080"),
        ENGLISH,
    );
    assert!(
        open.code != 0 && open.err.contains("public.certificate"),
        "{open:?}"
    );
    let others = refused(
        "register",
        &right.replace("register.id", "counter.id"),
        ENGLISH,
    );
    assert!(
        others.code != 0
            && others
                .err
                .contains("shirushi role new register"),
        "{others:?}"
    );
    let keyless = six
        .config("authority")
        .replace("authority.d", "elsewhere.d");
    let keyless = refused("authority", &keyless, ENGLISH);
    assert!(
        keyless.code != 0 && keyless.err.contains("ca ceremony"),
        "{keyless:?}"
    );
    // Another key would sign what nobody believes: none is made by a start.
    let keyless = refused(
        "register",
        &right.replace("register.d", "elsewhere.d"),
        ENGLISH,
    );
    assert!(
        keyless.code != 0 && keyless.err.contains("register key"),
        "{keyless:?}"
    );
    // Whoever reaches the desk can do anything in the city.
    let far = six
        .config("desk")
        .replace(&format!("{}:8080", six.host("desk")), "0.0.0.0:8080");
    let far = refused("desk", &far, ENGLISH);
    assert!(far.code != 0 && far.err.contains("loopback"), "{far:?}");
    let with_tls = six
        .config("desk")
        .replace("[public]\n", "[public]\ncertificate = \"x\"\n");
    let with_tls = refused("desk", &with_tls, ENGLISH);
    assert!(
        with_tls.code == 64
            && with_tls
                .err
                .contains("public.certificate"),
        "{with_tls:?}"
    );
    let long = format!("{right}\n#{}", "x".repeat(300_000));
    let long = refused("register", &long, ENGLISH);
    assert!(long.code == 64 && long.err.contains("256 KiB"), "{long:?}");
    let unread = refused(
        "portal",
        &six.config("portal")
            .replace("authorities.pem", "none.pem"),
        ENGLISH,
    );
    assert!(
        unread.code != 0 && unread.err.contains("none.pem"),
        "{unread:?}"
    );
    assert!(
        !six.place.path("portal.d").exists(),
        "a check makes nothing"
    );
}

#[test]
fn the_story_is_told_over_six_processes_and_a_desk_that_has_only_their_doors() {
    let name = "serve::the_story_is_told_over_six_processes_and_a_desk_that_has_only_their_doors";
    apart(name, || {
        let mut six = Six::with_a_clock_on(Box::new(Machines::build()), |_| 365);
        for role in ["register", "authority"] {
            six.put_on(Server::shared(), role);
        }
        six.start_all();
        is_told_over(&six);
        six.end();
    });
}

fn is_told_over(six: &Six) {
    // A page of another site can send no other type without asking first.
    for path in [
        "residents",
        "events",
        "cards",
        "officers",
        "retirements",
        "clock",
    ] {
        let foreign = http::ask(
            &six.base("desk"),
            "POST",
            &format!("/sandbox/{path}"),
            &[("content-type", "text/plain")],
            b"{}",
        );
        assert_eq!(foreign.status, 415, "{path}: {}", foreign.text());
    }
    let csv = json!({ "csv": RESIDENTS }).to_string();
    let headers = [("content-type", "application/json")];
    http::ask(
        &six.base("desk"),
        "POST",
        "/sandbox/residents",
        &headers,
        csv.as_bytes(),
    )
    .success();
    let story = six
        .place
        .run(ENGLISH, &["tour", "--url", &six.base("desk"), "--json"]);
    let steps: Value = serde_json::from_str(&story.out).unwrap_or_default();
    let steps = steps.as_array().unwrap();
    let wrong: Vec<&Value> = steps
        .iter()
        .filter(|step| step["ok"] != true)
        .collect();
    assert!(
        wrong.is_empty() && story.code == 0,
        "{wrong:#?}\n{}",
        story.err
    );
    // As many as in a city of one process.
    assert_eq!(steps.len(), 83);
}
