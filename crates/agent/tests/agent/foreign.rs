//! What is not of the issuer's channel, in a batch of a personalisation: wherever it stands in the batch, nothing of the batch reaches the
//! card; the person sees it, the counter is told, it is in the history, and the errand is over.

use crate::{
    personalisation::{begin, wait},
    support::{Bench, site::Loss},
};
use shirushi_apdu::{Command, ISSUER_AID, JPKI_AID, select};
use shirushi_wire::{Deed, RelayAnswer};

/// Starts the relay, waits until it has stopped, and answers what reached the card.
async fn run(bench: &Bench, errand: &str) -> Vec<Vec<u8>> {
    let page = bench.browser.get(errand).await;
    bench.cable.take_sent();
    let address = format!("{errand}/start");
    bench
        .browser
        .submit(&page, &address, &[])
        .await;
    wait(bench, errand).await;
    bench.cable.take_sent()
}

fn foreign() -> Vec<(&'static str, Vec<u8>)> {
    let verify = Command::new(0x00, 0x20, 0x00, 0x80).data(*b"4829");
    let change = Command::new(0x00, 0x24, 0x01, 0x80).data(*b"1234");
    let set_initial = Command::new(0x80, 0x24, 0x00, 0x80).data(*b"1234");
    let sign = Command::new(0x80, 0x2A, 0x00, 0x80)
        .data([0x5A; 51])
        .ne(256);
    let read = Command::new(0x00, 0xB0, 0x81, 0x00).ne(256);
    let file = Command::new(0x00, 0xA4, 0x02, 0x0C).data([0x00, 0x01]);
    vec![
        ("00200080", verify.to_bytes()),
        ("00240180", change.to_bytes()),
        ("80240080", set_initial.to_bytes()),
        ("802A0080", sign.to_bytes()),
        ("00B08100", read.to_bytes()),
        ("00A4020C", file.to_bytes()),
        ("00A4040C", select::application(&JPKI_AID).to_bytes()),
        ("", Vec::new()),
        ("8482", vec![0x84, 0x82]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_with_a_foreign_command_nothing_reaches_the_card() {
    let bench = Bench::new().await;
    let (errand, _) = begin(&bench, 1).await;
    *bench.site.state.lose.lock().unwrap() = Some((0, Loss::Request));
    // Which card it is is read with the agent's own commands, whatever the counter says.
    let own = run(&bench, &errand).await;
    assert!(!own.is_empty());

    let good = select::application(&ISSUER_AID).to_bytes();
    for (n, (header, command)) in foreign().into_iter().enumerate() {
        for position in 0..3 {
            let bench = Bench::new().await;
            let (errand, _) = begin(&bench, 1).await;
            let mut commands = vec![hex::encode(&good); 3];
            commands[position] = hex::encode(&command);
            *bench.site.state.says.lock().unwrap() = Some(RelayAnswer::Transmit { commands });
            let sent = run(&bench, &errand).await;
            assert_eq!(sent, own, "{header} {position}");
            let page = bench
                .browser
                .get(&format!("{errand}/done"))
                .await;
            assert!(page.has("agent/issuer-channel-only") && page.has(&bench.site.origin));
            assert!(!page.headers.contains_key("refresh"), "it is to be read");
            let reports = bench
                .site
                .state
                .reports
                .lock()
                .unwrap()
                .clone();
            assert_eq!((reports.len(), reports[0].position), (1, position));
            assert_eq!(reports[0].header, header);
            let history = bench.browser.get("/history").await;
            assert!(history.has("発行のためでない命令を止めた") && history.has(header));
            // The errand is over: it is not begun again.
            let address = format!("{errand}/start");
            let again = bench.browser.get("/sites").await;
            bench
                .browser
                .submit(&again, &address, &[])
                .await;
            assert_eq!(bench.cable.take_sent(), [] as [Vec<u8>; 0], "{n}");
            assert!(matches!(bench.deed(&errand).await, Deed::Failed { .. }));
        }
    }
}
