//! Readers that are plugged in and that pcscd does not have.

use crate::world::{OfReaders as _, World, named, only_fault, only_warning, plist};
use shirushi_doctor::{Cards, Finding, Outcome, examine};

/// The one fault where pcscd knows of no reader, and the one warning where it knows of another.
#[track_caller]
fn fault_or_warning(world: &mut World, id: &str) -> Finding {
    let finding = only_fault(&world.around(Cards::readers(Vec::new())), id);
    let report = examine(&world.around(Cards::readers(Vec::new())));
    named(&report, "reader/present", Outcome::NotLookedAt);
    let warned = only_warning(&world.surroundings(), id);
    assert_eq!(warned.seen, finding.seen);
    assert_eq!(warned.fix, finding.fix);
    finding
}

#[test]
fn a_reader_that_the_kernels_nfc_driver_holds() {
    let mut world = World::new();
    world.unplug("1-1");
    world.plug(
        "1-2",
        ["072f", "2200"],
        "ACR122U PICC Interface",
        "0b",
        Some("pn533_usb"),
    );
    let finding = fault_or_warning(&mut world, "reader/kernel-driver");
    assert_eq!(
        finding.seen.en,
        "The kernel's pn533_usb holds \"ACR122U PICC Interface (072f:2200)\""
    );
    let fix = finding.fix.unwrap();
    for text in [fix.ja, fix.en] {
        assert!(
            text.contains("`echo blacklist pn533_usb | sudo tee /etc/modprobe.d/blacklist-pn533_usb.conf && sudo modprobe -r pn533_usb`"),
            "{text}"
        );
    }
}

#[test]
fn a_reader_that_does_not_speak_ccid() {
    // Whether the kernel has a driver for it or not.
    for driver in [Some("port100"), None] {
        let mut world = World::new();
        world.unplug("1-1");
        world.plug("3-1.4", ["054c", "06c3"], "RC-S380/P", "ff", driver);
        let finding = fault_or_warning(&mut world, "reader/ccid");
        let fix = finding.fix.unwrap();
        assert!(fix.en.contains("RC-S380/P (054c:06c3)"), "{fix:?}");
        assert!(fix.ja.contains("RC-S380/P (054c:06c3)"), "{fix:?}");
    }
}

#[test]
fn a_reader_that_no_driver_lists() {
    for (numbers, package) in [
        (["072f", "221b"], "libacsccid1"),
        (["04e6", "ffff"], "libccid"),
    ] {
        let mut world = World::new();
        world.unplug("1-1");
        world.plug("1-3", numbers, "ACR1251CL Reader", "0b", None);
        let none = Cards::readers(Vec::new());
        let finding = only_fault(&world.around(none), "reader/driver");
        assert!(
            finding
                .fix
                .unwrap()
                .en
                .contains(&format!("`sudo apt install {package} "))
        );
        // pcscd takes what is in no list by its class, too: who has a reader has no fault.
        let report = examine(&world.surroundings());
        named(&report, "reader/driver", Outcome::Ok);
        // With the driver that lists it, there is none: the reader is not there for another reason.
        let [vendor, product] = numbers.map(|number| format!("0x{}", number.to_uppercase()));
        world.write(
            "root/usr/lib/pcsc/drivers/ifd-acsccid.bundle/Contents/Info.plist",
            plist(&[("0x1234", "0x0001"), (&vendor, &product)]),
        );
        only_fault(&world.around(Cards::readers(Vec::new())), "reader/present");
    }
}

#[test]
fn what_is_no_reader_is_not_spoken_of() {
    let world = World::new();
    world.plug(
        "1-4",
        ["046d", "c31c"],
        "USB Keyboard",
        "03",
        Some("usbhid"),
    );
    world.plug(
        "usb1",
        ["1d6b", "0002"],
        "xHCI Host Controller",
        "09",
        Some("hub"),
    );
    world.write("root/sys/bus/usb/devices/1-5/idVendor", "");
    only_fault(&world.around(Cards::readers(Vec::new())), "reader/present");
    // A device may call itself anything.
    world.plug(
        "1-6",
        ["072f", "2200"],
        "ACR\u{1b}[2J122U\u{7}",
        "0b",
        Some("pn533_usb"),
    );
    let report = examine(&world.around(Cards::readers(Vec::new())));
    let finding = named(&report, "reader/kernel-driver", Outcome::Fault);
    assert!(
        !finding.seen.en.contains("\\u") && finding.seen.en.contains("ACR[2J122U"),
        "{finding:?}"
    );
}

#[test]
fn where_usb_cannot_be_seen_nothing_is_said_of_it() {
    let world = World::new();
    std::fs::remove_dir_all(world.path("root/sys")).unwrap();
    let surroundings = world.around(Cards::readers(Vec::new()));
    only_fault(&surroundings, "reader/present");
    let report = examine(&surroundings);
    for id in ["reader/kernel-driver", "reader/ccid", "reader/driver"] {
        named(&report, id, Outcome::NotConcerned);
    }
}
